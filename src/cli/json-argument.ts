import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeError, RunyardError } from '../errors/index.js';
import type { CliContext } from './context.js';

/**
 * Arguments of an algorithm from the command line: JSON, `@file`, or `-` for standard input.
 * @throws RunyardError `malformed_body` with an example when it is no JSON
 */
export async function readJsonArgument(context: CliContext, argument: string | undefined): Promise<unknown> {
  if (argument === undefined) return {};
  const source = await readSource(context, argument);
  try {
    return JSON.parse(source) as unknown;
  } catch (error) {
    throw malformed(describeError(error));
  }
}

async function readSource(context: CliContext, argument: string): Promise<string> {
  if (argument === '-') return text(context.stdin);
  if (!argument.startsWith('@')) return argument;
  const path = resolve(context.cwd, argument.slice(1));
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new RunyardError('malformed_request', `${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  });
}

function malformed(why: string): RunyardError {
  return new RunyardError(
    'malformed_body',
    `the input is no JSON (${why}); expected the arguments by name, such as '{"text": "hello"}', @file or - for standard input`,
  );
}
