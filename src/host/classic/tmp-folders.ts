import { chmodSync, mkdirSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOwner, markOwner } from './owner-mark.js';

const PREFIX = 'runyard-tmp-';
const OWNER_FILE = 'owner';
/** A folder without an owner this long after it was made had one that was killed before it signed. */
const UNSIGNED_MS = 60_000;

/** Folders that children have in the place of `/tmp`. Those of a process that was killed go when the next one starts. */
export class TmpFolders {
  readonly #root: string;
  readonly #removals = new Set<Promise<void>>();
  #count = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  static async open(): Promise<TmpFolders> {
    await removeAbandoned(tmpdir());
    const root = await mkdtemp(join(tmpdir(), PREFIX));
    await writeFile(join(root, OWNER_FILE), markOwner());
    return new TmpFolders(root);
  }

  create(): string {
    this.#count += 1;
    const folder = join(this.#root, String(this.#count));
    mkdirSync(folder);
    // What `mkdir` makes is cut by the mask; `/tmp` is open to everybody, behind a folder that is only ours.
    chmodSync(folder, 0o1777);
    return folder;
  }

  remove(folder: string): void {
    const removal = remove(folder).finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals);
    await remove(this.#root);
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const folders = names.filter((name) => name.startsWith(PREFIX)).map((name) => join(parent, name));
  await Promise.all(
    folders.map(async (folder) => {
      if (await isAbandoned(folder)) await remove(folder);
    }),
  );
}

/** Only our own user's folders are looked at: others can put anything there. */
async function isAbandoned(folder: string): Promise<boolean> {
  try {
    const about = await lstat(folder);
    if (!about.isDirectory() || about.uid !== process.getuid?.()) return false;
    const mark = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => '');
    return mark === '' ? Date.now() - about.mtimeMs > UNSIGNED_MS : checkOwner(mark).isGone;
  } catch {
    // It has just been removed by somebody else.
    return false;
  }
}

/** What cannot be removed now, for instance as something a child left behind still writes there, is removed at the next start. */
async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
}
