import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { langpackDir } from '../manifest.js';

/** Contents of the program that runs Python projects: another version of it wants other processes. */
export async function readPipeFiles(): Promise<Buffer[]> {
  const dir = langpackDir('python');
  const names = (await readdir(dir, { recursive: true })).filter(
    (name) => name.endsWith('.py') && !name.startsWith('template'),
  );
  return Promise.all(names.sort().map((name) => readFile(join(dir, name))));
}
