import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { decodeSquare } from '../image/decode-square.js';
import { createReferenceSignature, type ReferenceSignature } from '../match/reference-signature.js';

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp', '.gif', '.avif']);
/** Files are looked at again after this time even if no folder changed: one may have been overwritten in place. */
const RECHECK_MS = 2000;
const PARALLEL = 4;

/** One labelled picture. */
export interface Reference {
  readonly label: string;
  readonly signature: ReferenceSignature;
}

interface File {
  readonly path: string;
  readonly label: string;
}

/**
 * The labelled pictures of a folder: `<label>.jpg`, or `<label>/` with several. It follows the folder while in use: a picture
 * that is added, changed or removed counts from the next call on.
 */
export class ReferenceLibrary {
  readonly #folder: string;
  readonly #onUnreadable: (path: string, error: Error) => void;
  /** What was computed, by path, size and time of change. Undefined for files that are no pictures. */
  #known = new Map<string, Reference | undefined>();
  #references: Reference[] = [];
  #folderState = '';
  #checkedAt = -Infinity;
  #refreshing: Promise<void> | undefined;

  constructor(folder: string, onUnreadable: (path: string, error: Error) => void = () => undefined) {
    this.#folder = folder;
    this.#onUnreadable = onUnreadable;
  }

  /** The references as the folder is now. */
  async get(): Promise<readonly Reference[]> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    await this.#refreshing;
    return this.#references;
  }

  async #refresh(): Promise<void> {
    const entries = await readdir(this.#folder, { withFileTypes: true });
    const folders = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(this.#folder, entry.name));
    const state = await describeFolders([this.#folder, ...folders]);
    const now = performance.now();
    if (state === this.#folderState && now - this.#checkedAt < RECHECK_MS) return;
    await this.#load(await listFiles(this.#folder));
    this.#folderState = state;
    this.#checkedAt = now;
  }

  async #load(files: File[]): Promise<void> {
    const known = new Map<string, Reference | undefined>();
    const queue = [...files];
    const work = async (): Promise<void> => {
      for (let file = queue.shift(); file; file = queue.shift()) {
        const key = await describeFile(file.path);
        if (key === undefined) continue;
        known.set(key, this.#known.has(key) ? this.#known.get(key) : await this.#read(file));
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    this.#known = known;
    this.#references = [...known.values()].filter((one) => one !== undefined);
  }

  async #read({ path, label }: File): Promise<Reference | undefined> {
    try {
      return { label, signature: createReferenceSignature(await decodeSquare(await readFile(path))) };
    } catch (error) {
      this.#onUnreadable(path, error as Error);
      return undefined;
    }
  }
}

/** Adding, removing or renaming a file changes the time of its folder. */
async function describeFolders(folders: string[]): Promise<string> {
  const states = await Promise.all(
    folders.map(async (folder) => `${folder}:${(await stat(folder)).mtimeMs}`),
  );
  return states.join('\n');
}

async function listFiles(folder: string): Promise<File[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = await Promise.all(
    entries.map(async (entry): Promise<File[]> => {
      const path = join(folder, entry.name);
      if (!entry.isDirectory()) return [{ path, label: entry.name.slice(0, -extname(entry.name).length) }];
      return (await readdir(path)).map((name) => ({ path: join(path, name), label: entry.name }));
    }),
  );
  return nested
    .flat()
    .filter(({ path }) => EXTENSIONS.has(extname(path).toLowerCase()))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Undefined for a file that went away in the meantime. */
async function describeFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? `${path}:${found.size}:${found.mtimeMs}` : undefined;
}
