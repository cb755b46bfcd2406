import { nearestName } from '../config/index.js';
import { FAILURE_CLASSES, RunyardError } from '../errors/index.js';
import {
  DEPTH_HEADER,
  isTraceparent,
  TASK_STATES,
  TRACEPARENT_HEADER,
  type FieldError,
  type TaskQueryView,
} from '../protocol/index.js';

/** Longest time limit a caller may set: a week. */
export const MAX_TIMEOUT_MS = 604_800_000;

type Headers = Record<string, string | string[] | undefined>;

/** A whole number from a header. @throws RunyardError `malformed_request` */
export function readIntegerHeader(
  headers: Headers,
  name: string,
  min: number,
  max: number,
): number | undefined {
  const text = headers[name];
  return typeof text === 'string' ? readInteger(text, { name: `headers/${name}`, min, max }) : undefined;
}

/** How many algorithms called each other before this request. @throws RunyardError `malformed_request`, `too_deep` */
export function readDepth(headers: Headers, callDepth: number): number | undefined {
  const depth = readIntegerHeader(headers, DEPTH_HEADER, 0, Number.MAX_SAFE_INTEGER);
  if (depth === undefined || depth <= callDepth) return depth;
  throw new RunyardError(
    'too_deep',
    `Algorithms call each other ${depth} deep, and ${callDepth} is the limit: look for a loop of ctx.call.`,
  );
}

export function readTraceparent(headers: Headers): string | undefined {
  const value = headers[TRACEPARENT_HEADER];
  return isTraceparent(value) ? value : undefined;
}

/** A whole number from a query or header. @throws RunyardError `malformed_request` */
export function readInteger(
  text: string,
  { name, min, max }: { name: string; min: number; max: number },
): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw malformed([
    {
      path: `/${name}`,
      message: `expected a whole number from ${min} to ${max}, got "${text.slice(0, 60)}"`,
    },
  ]);
}

/** A query with nothing in it but the known names, each once. @throws RunyardError `malformed_request` */
export function readQuery<Name extends string>(
  query: unknown,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const errors: FieldError[] = [];
  for (const [name, value] of Object.entries(query as Record<string, unknown>)) {
    if (!known.includes(name as Name))
      errors.push({ path: `/${name}`, message: describeUnknown(name, known) });
    else if (typeof value !== 'string')
      errors.push({ path: `/${name}`, message: 'expected once, got it again' });
  }
  if (errors.length > 0) throw malformed(errors);
  return query as Partial<Record<Name, string>>;
}

/** Fields that say which tasks are meant. @throws RunyardError `malformed_request` */
export function readTaskQuery(fields: Record<string, unknown>): TaskQueryView {
  const { algorithm, state, class: errorClass } = fields;
  const errors: FieldError[] = [];
  if (algorithm !== undefined && typeof algorithm !== 'string') {
    errors.push({ path: '/algorithm', message: 'expected a name' });
  }
  assertOneOf(errors, 'state', state, TASK_STATES);
  assertOneOf(errors, 'class', errorClass, FAILURE_CLASSES);
  if (errors.length > 0) throw malformed(errors);
  return fields;
}

export function malformed(errors: FieldError[]): RunyardError {
  const text = errors.map(({ path, message }) => `${path.slice(1)}: ${message}`).join('; ');
  return new RunyardError('malformed_request', text, { errors });
}

export function describeUnknown(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return `unknown${near === undefined ? `, expected one of ${known.join(', ')}` : `; did you mean "${near}"?`}`;
}

function assertOneOf(errors: FieldError[], name: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || (typeof value === 'string' && words.includes(value))) return;
  errors.push({
    path: `/${name}`,
    message: `expected one of ${words.join(', ')}, got ${JSON.stringify(value).slice(0, 60)}`,
  });
}
