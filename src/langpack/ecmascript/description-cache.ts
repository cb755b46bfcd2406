import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Description } from './description.js';
import { writeAtomically } from '../write-atomically.js';

interface SourceStamp {
  path: string;
  /** Hash of the content; undefined when there is no such file. */
  hash: string | undefined;
}

interface LibraryStamp {
  path: string;
  size: number;
  modified: number;
  hash: string | undefined;
}

interface CachedDescription {
  version: string;
  sources: SourceStamp[];
  libraries: LibraryStamp[];
  description: Description;
}

/**
 * What was found out about a project, kept in its build folder for as long as nothing that went in has changed: own
 * files by content, those of packages by size and time first.
 */
export class DescriptionCache {
  readonly #path: string;
  readonly #version: string;

  /** @param version - of whatever makes descriptions: what another version made is not used */
  constructor(buildDir: string, adapter: string, version: string) {
    const name = createHash('sha256').update(adapter).digest('hex').slice(0, 8);
    this.#path = join(buildDir, `description-${name}.json`);
    this.#version = version;
  }

  /** The description, if it still holds. */
  async read(): Promise<Description | undefined> {
    const cached = await this.#load();
    if (cached?.version !== this.#version) return undefined;
    const holds =
      cached.sources.every(({ path, hash }) => hashFile(path) === hash) &&
      cached.libraries.every(libraryHolds);
    return holds ? cached.description : undefined;
  }

  /**
   * @param watched - further files, there or not, whose change makes the description stale
   */
  async write(description: Description, watched: readonly string[]): Promise<void> {
    const cached: CachedDescription = {
      version: this.#version,
      sources: [...new Set([...description.sources, ...watched])].map((path) => ({
        path,
        hash: hashFile(path),
      })),
      libraries: description.libraries.map(stampLibrary),
      description,
    };
    await writeAtomically(this.#path, JSON.stringify(cached));
  }

  /** Anything but a whole cache is no cache. */
  async #load(): Promise<CachedDescription | undefined> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as CachedDescription;
    } catch {
      return undefined;
    }
  }
}

/** Hash of a file's content; undefined when it cannot be read. */
export function hashFile(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
}

function stampLibrary(path: string): LibraryStamp {
  const { size, mtimeMs } = statSync(path);
  return { path, size, modified: mtimeMs, hash: hashFile(path) };
}

function libraryHolds({ path, size, modified, hash }: LibraryStamp): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.size !== size) return false;
  return found.mtimeMs === modified || hashFile(path) === hash;
}
