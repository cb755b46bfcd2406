import type { FieldError, PipeError, RunFailure, WrittenResult } from '../protocol/index.js';

/** An answer that ends a request. */
export type Ending =
  | { kind: 'result'; json: string; written?: WrittenResult }
  | { kind: 'results'; results: unknown[] }
  | { kind: 'error'; error: PipeError }
  | { kind: 'failure'; failure: RunFailure };

const RESULT = '","result":';
const CHUNK = '","chunk":';
const PREFIX = '{"id":"';
const CLOSING_BRACE = 125;
/** An error's text beyond this helps nobody and would be stored with every attempt. */
const MAX_TEXT_LENGTH = 64 * 1024;

/** A value cut out of a line unparsed: of an answer that ends a request, or of one chunk of it. */
export type RawAnswer =
  { kind: 'result'; id: string; json: string } | { kind: 'chunk'; id: string; json: string };

/**
 * Cuts the value out of a line of a child that promised plain answers (`PipeReady.answers`), without parsing it.
 * Undefined for every other kind of answer. Safe only with that promise: a further key behind the value would otherwise
 * become part of it.
 */
export function cutPlainAnswer(line: string): RawAnswer | undefined {
  if (!line.startsWith(PREFIX) || line.charCodeAt(line.length - 1) !== CLOSING_BRACE) return undefined;
  const idEnd = line.indexOf('"', PREFIX.length);
  if (line.startsWith(RESULT, idEnd)) {
    return {
      kind: 'result',
      id: line.slice(PREFIX.length, idEnd),
      json: line.slice(idEnd + RESULT.length, -1),
    };
  }
  if (!line.startsWith(CHUNK, idEnd)) return undefined;
  return { kind: 'chunk', id: line.slice(PREFIX.length, idEnd), json: line.slice(idEnd + CHUNK.length, -1) };
}

/**
 * An answer of any child: `bad` is one that no child should give. One without an id belongs to the only request there is.
 * Values are JSON text; a chunk's was not parsed when the child promised plain answers.
 */
export type Answer =
  | (Ending & { id: string | undefined })
  | { kind: 'chunk'; id: string; json: string }
  | { kind: 'progress'; id: string; progress: number; message?: string }
  | { kind: 'log'; id: string; line: string }
  | { kind: 'call'; id: string | undefined; call: ChildCall }
  | { kind: 'bad'; problem: string };

/** A child's `ctx.call`, unchecked. */
export interface ChildCall {
  call: unknown;
  algorithm: unknown;
  args: unknown;
}

export function parseAnswer(line: string): Answer {
  const value = parseObject(line);
  if (value === undefined) return createBad('an answer that is no JSON object', line);
  const id = typeof value.id === 'number' ? String(value.id) : value.id;
  if (typeof id !== 'string') return createBad('an answer without an id', line);
  if ('call' in value) {
    return { kind: 'call', id, call: { call: value.call, algorithm: value.algorithm, args: value.args } };
  }
  if ('result' in value) return { kind: 'result', id, json: JSON.stringify(value.result) };
  if (Array.isArray(value.results)) return { kind: 'results', id, results: value.results };
  if ('error' in value) return { kind: 'error', id, error: toPipeError(value.error) };
  return parseEvent(id, value) ?? createBad('an answer without a result, error or event', line);
}

function parseEvent(id: string, value: Record<string, unknown>): Answer | undefined {
  const { chunk, progress, message, log } = value;
  if (chunk !== undefined) return { kind: 'chunk', id, json: JSON.stringify(chunk) };
  if (log !== undefined) return { kind: 'log', id, line: toText(log) };
  if (typeof progress !== 'number') return undefined;
  const within = Math.min(1, Math.max(0, progress));
  return { kind: 'progress', id, progress: within, ...(typeof message === 'string' && { message }) };
}

function createBad(what: string, line: string): Answer {
  return { kind: 'bad', problem: `wrote ${what}: ${line.slice(0, 200)}` };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // No JSON: the caller says so, with the line.
    return undefined;
  }
}

/** A child's error with every field of the type it should have; anything else becomes its text. */
export function toPipeError(value: unknown): PipeError {
  if (typeof value !== 'object' || value === null)
    return { message: toText(value), error_type: 'AlgorithmError' };
  const { message, error_type: type, stacktrace, errors, status } = value as Record<string, unknown>;
  return {
    message: toText(message ?? 'The algorithm gave no message'),
    error_type: typeof type === 'string' && type !== '' ? type.slice(0, 200) : 'AlgorithmError',
    ...(typeof stacktrace === 'string' && { stacktrace: stacktrace.slice(0, MAX_TEXT_LENGTH) }),
    ...(Array.isArray(errors) && { errors: errors.slice(0, 100).map(toFieldError) }),
    ...((typeof status === 'number' || typeof status === 'string') && { status }),
  };
}

function toFieldError(value: unknown): FieldError {
  const { path, message } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  return { path: typeof path === 'string' ? path : '', message: toText(message ?? value) };
}

function toText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return text.slice(0, MAX_TEXT_LENGTH);
}
