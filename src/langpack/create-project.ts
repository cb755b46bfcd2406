import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import { packageRoot } from './package-root.js';

export interface NewProject {
  language: string;
  /** Letters, digits, `-` and `_`; the algorithm has `_` where the name has `-`. */
  name: string;
  /** Folder to make; it must not exist, or be empty. */
  dir: string;
}

/**
 * Makes a project from a langpack's template, with `__ALGO__` replaced in names and contents.
 * @returns the files made, relative to `dir`
 * @throws RunyardError `project_unsupported` when the folder is in use
 */
export async function createProject({ language, name, dir }: NewProject): Promise<string[]> {
  await assertFree(dir);
  const template = join(packageRoot, 'langpacks', language, 'template');
  const algorithm = name.replaceAll('-', '_');
  const fill = (text: string): string => text.replaceAll('__ALGO__', algorithm);
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const made: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const from = join(entry.parentPath, entry.name);
    const path = fill(relative(template, from));
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), fill(await readFile(from, 'utf8')));
    made.push(path);
  }
  return made.sort();
}

async function assertFree(dir: string): Promise<void> {
  const found = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new RunyardError('project_unsupported', `${dir} cannot be made: ${describeError(error)}`, {
      cause: error,
    });
  });
  if (found.length > 0) {
    throw new RunyardError(
      'project_unsupported',
      `${dir} is there already and not empty: choose another name`,
    );
  }
}
