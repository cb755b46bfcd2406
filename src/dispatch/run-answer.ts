import { isErrorCode } from '../errors/index.js';
import { RESULT_PREFIX } from '../http/index.js';
import type { Problem, RunFailure } from '../protocol/index.js';
import { createFailure } from './outcomes.js';
import { readOriginalError } from './original-error.js';

/** What came back, whoever sent it. */
export interface RunAnswer {
  status: number;
  text: string;
  /** The answer is a Runyard runner's: its bytes are exact. */
  isOurs: boolean;
  /** The whole answer is the result, whatever it looks like. */
  isBare?: boolean;
  retryAfterMs?: number;
}

/**
 * The result of a 200 as JSON text, untouched where it can be: numbers beyond 2^53 survive.
 * Original runners answer with the bare result or with `{"result": ...}`; undefined when it is no JSON.
 */
export function readResult({ text, isOurs, isBare = false }: RunAnswer): string | undefined {
  if (isOurs && text.startsWith(RESULT_PREFIX) && text.endsWith('}'))
    return text.slice(RESULT_PREFIX.length, -1);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Whoever called says so in the words of the run.
    return undefined;
  }
  if (isBare || !isWrapped(value)) return text.trim();
  const wrapper = /^\s*\{\s*"result"\s*:\s*/.exec(text)?.[0];
  if (wrapper === undefined) return JSON.stringify(value.result);
  return text.slice(wrapper.length, text.lastIndexOf('}')).trim();
}

function isWrapped(value: unknown): value is { result: unknown } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'result';
}

/** Why there is no result: in the words of a problem document, or read from an original error. */
export function readFailure(answer: RunAnswer): RunFailure {
  const body = parseObject(answer.text);
  const failure = isProblem(body)
    ? fromProblem(body)
    : readOriginalError(answer.status, body?.detail ?? body?.message, answer.text);
  const retryAfterMs = failure.retryAfterMs ?? answer.retryAfterMs;
  return retryAfterMs === undefined || failure.class !== 'busy' ? failure : { ...failure, retryAfterMs };
}

/** A failure from the problem document of a Runyard part. */
export function fromProblem(problem: Problem): RunFailure {
  const { errorType, stacktrace, errors, retryAfterMs } = problem;
  const code = isErrorCode(problem.code) ? problem.code : 'internal';
  return {
    ...createFailure(code, messageOf(problem)),
    // A newer runner may know codes that this one does not: the class says enough.
    ...(problem.class !== undefined && { class: problem.class }),
    ...(errorType !== undefined && { errorType }),
    ...(stacktrace !== undefined && { stacktrace }),
    ...(errors && { errors }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function messageOf({ message, detail, title }: Problem): string {
  if (message !== undefined) return message;
  return typeof detail === 'string' ? detail : title;
}

function isProblem(body: Record<string, unknown> | undefined): body is Record<string, unknown> & Problem {
  return typeof body?.code === 'string' && typeof body.class === 'string';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Proxies and crashed servers answer with plain text or a page: the status speaks.
    return undefined;
  }
}
