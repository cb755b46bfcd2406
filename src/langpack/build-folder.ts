import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { access, constants, lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { RunyardError } from '../errors/index.js';

/**
 * The folder for what is made of a project: `.runyard` in it, from where imports of packages find the project's own.
 * A project that cannot be written to gets a private folder elsewhere, with links to its packages.
 */
export async function openBuildFolder(projectDir: string): Promise<string> {
  const own = join(projectDir, '.runyard');
  if (await isUsable(own)) return own;
  const key = createHash('sha256').update(projectDir).digest('hex').slice(0, 16);
  const root = await openPrivateFolder(join(tmpdir(), `runyard-${ownUid()}`));
  return linkPackages(await openPrivateFolder(join(root, key)), projectDir);
}

/** Whatever the reason is that nothing can be written there, the answer is the same: another folder. */
async function isUsable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
    const ignore = join(folder, '.gitignore');
    if (!existsSync(ignore)) await writeFile(ignore, '*\n');
    return true;
  } catch {
    return false;
  }
}

/** Others can write to the place for temporary files too: a folder that is not ours alone must not hold code we run. */
async function openPrivateFolder(folder: string): Promise<string> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  const found = await lstat(folder);
  const isOurs = found.isDirectory() && found.uid === ownUid() && (found.mode & 0o077) === 0;
  if (isOurs) return folder;
  throw new RunyardError(
    'project_setup_failed',
    `${folder} must be a folder that only its owner can use; remove it`,
  );
}

/** Packages are looked for in each folder from the inside out: one nested folder here for each that has some. */
async function linkPackages(root: string, projectDir: string): Promise<string> {
  let folder = root;
  for (const packages of packageFolders(projectDir).reverse()) {
    folder = join(folder, createHash('sha256').update(packages).digest('hex').slice(0, 8));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await symlink(packages, join(folder, 'node_modules')).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  return folder;
}

/** The `node_modules` a file in a folder sees, nearest first. */
function packageFolders(dir: string): string[] {
  const parent = dirname(dir);
  const outer = parent === dir ? [] : packageFolders(parent);
  const own = join(dir, 'node_modules');
  return existsSync(own) ? [own, ...outer] : outer;
}

/** In a container the user need not have an entry among the users of the system, and `userInfo` wants one. */
function ownUid(): number {
  return process.getuid?.() ?? 0;
}
