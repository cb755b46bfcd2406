import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { describeError, RunyardError } from '../errors/index.js';
import type { CliContext } from './context.js';

/**
 * Arguments of an algorithm from the command line: JSON, `@file`, or `-` for standard input.
 * @throws RunyardError `malformed_body` with an example when it is no JSON object
 */
export async function readJsonArgument(
  context: CliContext,
  argument: string | undefined,
): Promise<Record<string, unknown>> {
  if (argument === undefined) return {};
  const source = await readSource(context, argument);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw malformed(`is no JSON (${describeError(error)})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw malformed('is no JSON object');
  return value as Record<string, unknown>;
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

function malformed(what: string): RunyardError {
  return new RunyardError(
    'malformed_body',
    `the input ${what}; expected the arguments by name, such as '{"text": "hello"}', @file or - for standard input`,
  );
}
