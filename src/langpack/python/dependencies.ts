import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** What a project asks pip for. */
export interface Dependencies {
  /** The file that says so, relative to the project. */
  source: string;
  /** Arguments of `pip install`, run in the project's folder. */
  pipArguments: string[];
  /** Changes with what is asked for. */
  hash: string;
}

/** The dependencies of a project: requirements.txt, else pyproject.toml's `[project]`; undefined when there are none. */
export async function readDependencies(dir: string): Promise<Dependencies | undefined> {
  return (await readRequirements(dir)) ?? (await readProjectTable(dir));
}

async function readRequirements(dir: string): Promise<Dependencies | undefined> {
  const source = 'requirements.txt';
  const texts = await readRequirementFiles(join(dir, source), new Set());
  const asksForAny = texts.some((text) => text.split('\n').some((line) => /^\s*[^\s#]/.test(line)));
  return asksForAny ? { source, pipArguments: ['-r', source], hash: hashOf(texts) } : undefined;
}

/** The file and those it refers to with `-r` and `-c`. */
async function readRequirementFiles(path: string, seen: Set<string>): Promise<string[]> {
  const text = seen.has(path) ? undefined : await readIfThere(path);
  seen.add(path);
  if (text === undefined) return [];
  const others = [...text.matchAll(/^\s*(?:-r|--requirement|-c|--constraint)[\s=]+(\S+)/gm)];
  const nested = await Promise.all(
    others.map(([, name = '']) => readRequirementFiles(resolve(dirname(path), name), seen)),
  );
  return [text, ...nested.flat()];
}

async function readProjectTable(dir: string): Promise<Dependencies | undefined> {
  const source = 'pyproject.toml';
  const text = await readIfThere(join(dir, source));
  const wanted = text === undefined ? [] : parseProjectDependencies(text);
  return wanted.length > 0 ? { source, pipArguments: wanted, hash: hashOf(wanted) } : undefined;
}

/** The strings of `dependencies = [...]` under `[project]`; brackets inside of strings end nothing. */
export function parseProjectDependencies(toml: string): string[] {
  const table = /^\s*\[project\]\s*$([\s\S]*?)(?=^\s*\[[^\]]+\]\s*$|(?![\s\S]))/m.exec(toml)?.[1] ?? '';
  const list = /^\s*dependencies\s*=\s*\[((?:"[^"\n]*"|'[^'\n]*'|#.*|[^\]"'#])*)\]/m.exec(table)?.[1] ?? '';
  return [...list.matchAll(/#.*|"([^"]*)"|'([^']*)'/g)].flatMap(
    ([, double, single]) => double ?? single ?? [],
  );
}

async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

function hashOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex');
}
