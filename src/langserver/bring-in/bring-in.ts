import { cp, mkdir, mkdtemp, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { describeError, RunyardError } from '../../errors/index.js';
import { extractZip } from './extract-zip.js';
import type { ZipLimits } from './zip-limits.js';

/** Where containers of the original server have their algorithm mounted. */
const MOUNTED_ZIP = '/tmp/algorithm.zip';
const MOUNTED_FOLDER = '/tmp/algorithm';

export interface BringInOptions {
  /** A folder or an archive; what is mounted, or the working directory itself, when absent. */
  source: string | undefined;
  /** Where it is brought to. A folder is served where it is without one, an archive from a folder of its own. */
  into: string | undefined;
  cwd: string;
  limits: ZipLimits;
}

/** A project in the folder it is served from. */
export interface BroughtIn {
  dir: string;
  /** Removes what was made for it. */
  release: () => Promise<void>;
}

/** Brings a project to where it is served from. @throws RunyardError `project_unsupported`, `project_invalid` */
export async function bringIn(options: BringInOptions): Promise<BroughtIn> {
  const { source, into } = options.source === undefined ? await findMounted(options) : options;
  if (source === undefined) return { dir: options.cwd, release: async () => undefined };
  const kind = await findKind(source);
  if (kind === 'folder' && into === undefined) return { dir: source, release: async () => undefined };
  if (into === undefined) return unpackIntoOwn(source, options.limits);
  await mkdir(into, { recursive: true });
  if (kind === 'folder') await copyFolder(source, into);
  else await extractZip(source, into, options.limits);
  return { dir: into, release: async () => undefined };
}

async function findMounted({ into, cwd }: BringInOptions): Promise<Pick<BringInOptions, 'source' | 'into'>> {
  for (const source of [MOUNTED_ZIP, MOUNTED_FOLDER]) {
    const isThere = await stat(source).then(
      (about) => (source === MOUNTED_ZIP ? about.isFile() : about.isDirectory()),
      () => false,
    );
    if (isThere) return { source, into: into ?? cwd };
  }
  return { source: undefined, into };
}

async function findKind(source: string): Promise<'folder' | 'zip'> {
  try {
    return (await stat(source)).isDirectory() ? 'folder' : 'zip';
  } catch (cause) {
    const message = `${source} is neither a folder nor an archive: ${describeError(cause)}`;
    throw new RunyardError('project_unsupported', message, { cause });
  }
}

async function unpackIntoOwn(source: string, limits: ZipLimits): Promise<BroughtIn> {
  const dir = await mkdtemp(join(tmpdir(), 'runyard-langserver-'));
  const release = () => rm(dir, { recursive: true, force: true });
  try {
    await extractZip(source, dir, limits);
    return { dir, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Files that are there already are left as they are. */
async function copyFolder(source: string, into: string): Promise<void> {
  const [from, to] = [await realpath(source), await realpath(into)];
  if (from === to) return;
  if (to.startsWith(from + sep))
    throw new RunyardError(
      'project_unsupported',
      `${source} cannot be copied into ${into}, which is a part of it`,
    );
  await cp(from, to, { recursive: true, force: false, errorOnExist: false, verbatimSymlinks: true });
}
