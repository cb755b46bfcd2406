import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import { assertPlain, renderVariable } from './escape.js';

/** Something an image may hold: a language, a service, a framework. A folder with an install script. */
export interface Library {
  name: string;
  /** Absolute path. */
  dir: string;
  /** Relative to the folder, in the order they run, each a layer of its own. */
  scripts: string[];
  /** `ENV` instructions, after the scripts. */
  variables: string[];
}

const DEFAULT_SCRIPT = 'install.sh';
const KEYS = ['env_variables', 'install_scripts'];

/**
 * Reads a library's folder: `install.sh`, and a `config.json` where there is one.
 * @throws RunyardError `invalid_config` naming file and key
 */
export async function readLibrary(dir: string): Promise<Library> {
  if (!(await isFolder(dir))) throw invalid(`${dir} is no library: there is no such folder`);
  const path = join(dir, 'config.json');
  const config = await readConfig(path);
  const scripts = readScripts(config['install_scripts'], dir, path);
  const variables = readVariables(config['env_variables'], path);
  return { name: assertPlain(basename(dir), dir), dir, scripts, variables };
}

/** A library's folder by path, or by the name it has among those of the package. */
export function findLibrary(name: string, cwd: string, own: string): string {
  const given = resolve(cwd, name);
  if (existsSync(given) || name.includes(sep)) return given;
  const known = join(own, name);
  return existsSync(known) ? known : given;
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw invalid(`${path} cannot be read: ${describeError(error)}`, error);
  });
  const config = parse(text, path);
  const unknown = Object.keys(config).find((key) => !KEYS.includes(key));
  if (unknown === undefined) return config;
  throw invalid(`${path}: unknown key ${JSON.stringify(unknown)}; expected ${KEYS.join(' or ')}`);
}

function parse(text: string, path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (error) {
    throw invalid(`${path} is no JSON: ${describeError(error)}`, error);
  }
  throw invalid(`${path} must hold an object, such as {"env_variables": {"LANG": "C.UTF-8"}}`);
}

function readScripts(value: unknown, dir: string, path: string): string[] {
  if (value !== undefined && (!Array.isArray(value) || value.length === 0)) {
    throw invalid(`${path}: install_scripts must be a list of scripts, but is ${JSON.stringify(value)}`);
  }
  const names: unknown[] = (value as unknown[] | undefined) ?? [DEFAULT_SCRIPT];
  return names.map((name, index) => {
    const where = value === undefined ? dir : `${path}: install_scripts[${index}]`;
    if (typeof name !== 'string' || name === '')
      throw invalid(`${where} must be the name of a script, but is ${JSON.stringify(name)}`);
    assertPlain(name, where);
    const inside = normalize(name);
    if (isAbsolute(inside) || inside.startsWith('..')) {
      throw invalid(`${where} must be in the library’s own folder, but is ${JSON.stringify(name)}`);
    }
    if (!existsSync(join(dir, inside))) throw invalid(`${where}: there is no ${join(dir, inside)}`);
    return inside;
  });
}

function readVariables(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(`${path}: env_variables must be an object, but is ${JSON.stringify(value)}`);
  }
  return Object.entries(value).map(([name, one]) => renderVariable(name, one, `${path}: env_variables`));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

function invalid(message: string, cause?: unknown): RunyardError {
  return new RunyardError('invalid_config', message, { cause });
}
