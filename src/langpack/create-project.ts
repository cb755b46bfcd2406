import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import type { Langpack, ProjectKind } from './langpack.js';

export interface NewProject {
  langpack: Langpack;
  /** @default adapter */
  kind?: ProjectKind;
  /** Letters, digits, `-` and `_`; the algorithm has `_` where the name has `-`. */
  name: string;
  /** Owner of a classic algorithm, before the slash of its name. @default local */
  user?: string;
  /** Folder to make; it must not exist, or be empty. */
  dir: string;
}

/**
 * Makes a project from a langpack's template, with `__ALGO__` and `__USER__` replaced in names and contents.
 * @returns the files made, relative to `dir`
 * @throws RunyardError `project_unsupported` when the folder is in use, or the language has no classic projects
 */
export async function createProject(options: NewProject): Promise<string[]> {
  const { langpack, kind = 'adapter', name, user = 'local', dir } = options;
  const template = templateOf(langpack, kind);
  await assertFree(dir);
  const algorithm = name.replaceAll('-', '_');
  const fill = (text: string): string => text.replaceAll('__ALGO__', algorithm).replaceAll('__USER__', user);
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const made: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const from = join(entry.parentPath, entry.name);
    const path = fill(relative(template, from));
    await mkdir(dirname(join(dir, path)), { recursive: true });
    const { mode } = await stat(from);
    await writeFile(join(dir, path), fill(await readFile(from, 'utf8')), { mode });
    made.push(path);
  }
  return made.sort();
}

function templateOf({ dir, language, manifest }: Langpack, kind: ProjectKind): string {
  if (kind === 'adapter') return join(dir, manifest.template);
  if (manifest.classic !== undefined) return join(dir, manifest.classic.template);
  throw new RunyardError('project_unsupported', `The langpack of ${language} has no classic projects`);
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
