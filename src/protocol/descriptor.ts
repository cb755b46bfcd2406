/** A JSON Schema document (2020-12), as plain data. */
export type JsonSchema = { readonly [keyword: string]: unknown } | boolean;

/**
 * How an algorithm takes and gives values.
 * - `unary`: one input, one result.
 * - `stream`: one input, any number of chunks; a caller that does not follow gets them as one array.
 * - `batch`: one input and one result for a caller, but the function is fed several inputs at once.
 * - `chat`: a language model behind the agent.
 */
export type AlgorithmMode = 'unary' | 'stream' | 'batch' | 'chat';

/** How dynamic batching collects inputs for a `batch_*` function. */
export interface BatchLimits {
  /** Most inputs in one call. @default 32 */
  maxSize?: number;
  /** Longest time the first input waits for company, in milliseconds. @default 5 */
  maxWaitMs?: number;
  /** Most JSON bytes of input in one call. @default 8388608 */
  maxBytes?: number;
}

/** How a failed task is tried again. */
export interface RetryLimits {
  /** Tries in all, the first included. @default 3 */
  maxAttempts?: number;
  /** Wait before the second try, in milliseconds; it doubles with each further one, with jitter. @default 1000 */
  backoffMs?: number;
  /** The wait never grows beyond this, in milliseconds. @default 300000 */
  maxBackoffMs?: number;
}

/** What an algorithm's author (or the yard's owner) says of time, tries and batches. */
export interface AlgorithmLimits extends RetryLimits {
  /** Time limit of one run, in milliseconds. @default 300000 */
  timeoutMs?: number;
  /** Only for `batch_*` functions. */
  batch?: BatchLimits;
}

/** All that is known of an algorithm without running it. */
export interface Descriptor {
  /** What callers say: everything after the first `run_` of the function's name. */
  name: string;
  /** From the doc comment. */
  description?: string;
  /**
   * Of typed algorithms an object schema: properties are the arguments by name, `additionalProperties` is false. Of
   * classic ones `true`: any value.
   */
  input: JsonSchema;
  /** Schema of the result; of one chunk for `stream`. Absent when the language says nothing. */
  output?: JsonSchema;
  mode: AlgorithmMode;
  limits: AlgorithmLimits;
}

/** True when input can only be an object of arguments by name, as a schema says that does not allow anything else. */
export function takesArguments(input: JsonSchema): boolean {
  if (typeof input === 'boolean') return !input;
  return input['type'] === undefined || input['type'] === 'object';
}

/** True for what can be arguments by name. */
export function isArguments(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names an algorithm may have: a letter or digit first, then letters, digits, `_`, `-`, `.` and one `/`-separated owner. */
export const ALGORITHM_NAME = /^(?:[A-Za-z0-9][\w.-]{0,99}\/)?[A-Za-z0-9_][\w.-]{0,99}$/;

export function isAlgorithmName(value: unknown): value is string {
  return typeof value === 'string' && ALGORITHM_NAME.test(value);
}
