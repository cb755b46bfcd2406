import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describeError, RunyardError } from '../../errors/index.js';
import { isAlgorithmName, type Descriptor } from '../../protocol/index.js';

/** File by which a classic project says who it is. */
export const CLASSIC_CONFIG = 'algorithmia.conf';

/** What an `algorithmia.conf` says. */
export interface ClassicConfig {
  username: string;
  algoname: string;
  /** As its author called it, such as `python3`. */
  language?: string;
}

/**
 * Reads a project's `algorithmia.conf`; one that has none, only a `bin/pipe`, is called after its folder.
 * @throws RunyardError `project_invalid` naming the key that is wrong
 */
export async function readClassicConfig(dir: string): Promise<ClassicConfig> {
  const path = join(dir, CLASSIC_CONFIG);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new RunyardError('project_invalid', `${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  });
  if (text === undefined) return checkConfig(dir, { username: 'local', algoname: basename(dir) });
  try {
    return checkConfig(path, JSON.parse(text));
  } catch (cause) {
    if (cause instanceof RunyardError) throw cause;
    throw new RunyardError('project_invalid', `${path} is no JSON: ${describeError(cause)}`, { cause });
  }
}

/** The two names a classic project is called by: with its owner and without. It takes anything. */
export async function classicAlgorithms(dir: string): Promise<Descriptor[]> {
  const { username, algoname } = await readClassicConfig(dir);
  return [`${username}/${algoname}`, algoname].map((name) => ({
    name,
    input: true,
    mode: 'unary',
    limits: {},
  }));
}

function checkConfig(path: string, value: unknown): ClassicConfig {
  const { username, algoname, language } = (value ?? {}) as Record<string, unknown>;
  const wrong = (key: string, came: unknown): RunyardError =>
    new RunyardError(
      'project_invalid',
      `${path}: ${key} must be letters, digits, _, - or ., but is ${JSON.stringify(came) ?? 'missing'}`,
    );
  if (!isName(username)) throw wrong('username', username);
  if (!isName(algoname)) throw wrong('algoname', algoname);
  if (language !== undefined && typeof language !== 'string') throw wrong('language', language);
  return { username, algoname, ...(language !== undefined && { language }) };
}

function isName(value: unknown): value is string {
  return isAlgorithmName(value) && !value.includes('/');
}
