import type { ErrorCode, FailureClass } from '../errors/catalogue.js';

/** A line a child wrote while a request ran. */
export interface LogLine {
  /** Milliseconds since the epoch, at the moment the parent read it. */
  time: number;
  stream: 'stdout' | 'stderr' | 'log';
  line: string;
}

/** What a run says of itself before its outcome. */
export type RunEvent =
  | { type: 'progress'; progress: number; message?: string }
  | { type: 'chunk'; chunk: unknown }
  | { type: 'log'; log: LogLine };

/** How a classic algorithm is given its input: as text, as a JSON value, or as bytes. */
export type ContentType = 'text' | 'json' | 'binary';

/** A request to run an algorithm once, now. */
export interface RunRequest {
  /** Ties log lines, spans and events together; the task's id when there is a task. */
  id: string;
  algorithm: string;
  /** Arguments by name; any JSON value where the algorithm's schema allows it. */
  args: unknown;
  /** `text`: `args` is a text and no JSON value, which only classic algorithms can tell apart. @default 'json' */
  contentType?: 'text' | 'json';
  /** Time limit of the run itself in milliseconds, counted from the moment a process takes it up. */
  timeoutMs?: number;
  /** Which try of the task this is, from 1. */
  attempt?: number;
  /** How many algorithms called each other before this one: `ctx.call` raises it by one. */
  depth?: number;
  /** W3C trace context, passed through untouched. */
  traceparent?: string;
}

/** Companions of a run that do not cross a wire. */
export interface RunHooks {
  /** Aborting it cancels the run: cooperative signal, then SIGTERM, then SIGKILL. */
  signal?: AbortSignal;
  /** Gets progress, chunks and log lines as they come. */
  onEvent?: (event: RunEvent) => void;
  /** `args` as JSON text on one line, where the caller has it: it is sent on as it is. */
  argsJson?: string;
}

/** One wrong place in an input. */
export interface FieldError {
  /** JSON Pointer into the arguments; empty for the whole. */
  path: string;
  message: string;
}

/** Why a run gave no result. */
export interface RunFailure {
  class: FailureClass;
  code: ErrorCode;
  message: string;
  /** The exception's own type name when the function raised. */
  errorType?: string;
  stacktrace?: string;
  /** Filled for `invalid`. */
  errors?: FieldError[];
  /** For `busy`: how long to stay away, in milliseconds. */
  retryAfterMs?: number;
}

/** The end of a run: success and failure share one shape, and the reason is one union. */
export type RunOutcome = RunSuccess | RunFailed;

export interface RunSuccess {
  ok: true;
  /** The result as JSON text, exactly as the child wrote it: it is stored and sent on without being parsed. */
  resultJson: string;
  /** Only from classic algorithms. */
  written?: WrittenResult;
  /** The tail of what the child printed meanwhile, bounded. */
  logs: LogLine[];
  /** Time in the process, in milliseconds. */
  durationMs: number;
}

/** A result as a classic algorithm gave it. `resultJson` is the same, but for bytes, which it holds as `{"$binary": ...}`. */
export interface WrittenResult {
  /** A ContentType, or what else the child said. */
  contentType: string;
  /** JSON text; of bytes a string of base64, in which there may be line ends. */
  json: string;
}

export interface RunFailed {
  ok: false;
  error: RunFailure;
  logs: LogLine[];
  durationMs: number;
}
