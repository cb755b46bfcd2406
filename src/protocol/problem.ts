import type { FailureClass } from '../errors/catalogue.js';
import type { FieldError } from './run.js';

/** An error on the wire (RFC 9457). `detail` stays the text that older clients read. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string | unknown[];
  /** The message alone, where `detail` holds more than it (a traceback) or is an array. */
  message?: string;
  /** What it does to a task. */
  class?: FailureClass;
  errors?: FieldError[];
  /** How long to stay away, in milliseconds: `Retry-After` knows whole seconds, and event streams know no headers. */
  retryAfterMs?: number;
  /** The exception's own type name, when an algorithm raised it. */
  errorType?: string;
  stacktrace?: string;
}
