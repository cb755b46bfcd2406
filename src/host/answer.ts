import type { FieldError, PipeError } from '../protocol/index.js';

const RESULT = '","result":';
const CHUNK = '","chunk":';
const PREFIX = '{"id":"';
const CLOSING_BRACE = 125;
/** An error's text beyond this helps nobody and would be stored with every attempt. */
const MAX_TEXT_LENGTH = 64 * 1024;

/** A value cut out of a line unparsed: of an answer that ends a request, or of one chunk of it. */
export interface RawAnswer {
  kind: 'result' | 'chunk';
  id: string;
  json: string;
}

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

/** An answer as far as it can be trusted before its kind is known: some JSON object. */
export type ParsedAnswer = Record<string, unknown>;

/** The line as an object; undefined when it is no JSON document, or one of another kind (`null`, a list, a number). */
export function parseAnswer(line: string): ParsedAnswer | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ParsedAnswer) : undefined;
  } catch {
    // No JSON: the caller says so, with the line.
    return undefined;
  }
}

/** A child's error with every field of the type it should have; anything else becomes its text. */
export function toPipeError(value: unknown): PipeError {
  if (typeof value !== 'object' || value === null) return { message: toText(value), error_type: 'AlgorithmError' };
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
  const { path, message } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  return { path: typeof path === 'string' ? path : '', message: toText(message ?? value) };
}

function toText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined');
  return text.slice(0, MAX_TEXT_LENGTH);
}
