import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RunyardError } from '../errors/index.js';

/** A folder with more files than this is no project, but for instance the root of a disk. */
const MAX_FILES = 20_000;

export interface SourcePattern {
  /** Endings such as `.rb`, and whole names relative to the project such as `Gemfile`. @default every file */
  sources?: readonly string[] | undefined;
  /** Folders left out, next to hidden ones and `node_modules`. */
  ignore?: readonly string[] | undefined;
}

/**
 * The files of a project that decide its description, sorted, as absolute paths.
 * @throws RunyardError `project_unsupported` when there are too many files to look at
 */
export async function listSources(dir: string, { sources, ignore = [] }: SourcePattern): Promise<string[]> {
  const left = new Set(['node_modules', ...ignore]);
  const found: string[] = [];
  let seen = 0;
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if ((seen += 1) > MAX_FILES) throw tooMany(dir);
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.') && !left.has(entry.name)) await visit(path);
      } else if (matches(relative(dir, path), sources)) found.push(path);
    }
  };
  await visit(dir);
  return found.sort();
}

/** A hash over paths and contents; a file that vanishes meanwhile counts as empty. */
export async function hashFiles(dir: string, paths: readonly string[], ...more: string[]): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(more));
  for (const path of paths) {
    const content = await readFile(path).catch(() => Buffer.alloc(0));
    hash.update(`\n${relative(dir, path)}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

function matches(name: string, sources: readonly string[] | undefined): boolean {
  if (sources === undefined) return true;
  return sources.some((source) => (source.startsWith('.') ? name.endsWith(source) : name === source));
}

function tooMany(dir: string): RunyardError {
  return new RunyardError(
    'project_unsupported',
    `${dir} holds more than ${MAX_FILES} files: expected one project; name its own folder`,
  );
}
