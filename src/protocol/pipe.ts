import type { AlgorithmLimits, Descriptor } from './descriptor.js';
import type { ContentType } from './run.js';

/**
 * Version of the pipe protocol the parent offers in `RUNYARD_PIPE`. What a child may rely on, and has to keep to, beyond
 * the shapes below:
 * - `ALGOOUT=/dev/fd/N` is a socket the child inherits: it writes to descriptor N; opening the path fails (ENXIO).
 * - Requests beyond the announced concurrency may be sent ahead; the child runs them in the order they came, and an
 *   answer is written out before the next request is begun. So the parent knows what was running when a child dies.
 * - `{"cancel":id}` for a request that has not begun is answered with `error_type` `Cancelled`, and it never begins.
 * - End of input means: finish or drop what runs, `teardown()`, exit.
 */
export const PIPE_VERSION = 2;

/** Where a child of version 1 writes its answers. */
export const CLASSIC_ALGOOUT = '/tmp/algoout';

/** The line on stdout that says a child is ready contains this. */
export const PIPE_READY = 'PIPE_INIT_COMPLETE';

/** What follows `PIPE_INIT_COMPLETE` on its line. */
export interface PipeReady {
  protocol: 2;
  /** Whole descriptors, or names and limits only where the language describes its projects beforehand. */
  algorithms: (Descriptor | { name: string; limits?: AlgorithmLimits })[];
  /** Requests the child runs at the same time. */
  concurrency: number;
  /**
   * A promise about how the child writes: `{"id":"<id>","result":<value>}` and `{"id":"<id>","chunk":<value>}` exactly so,
   * no space outside the value, no further key, and valid JSON (no NaN). The parent then cuts the value out of
   * the line without parsing it, which most of its speed comes from. Without it every answer is parsed.
   */
  answers?: 'plain';
}

/** Parent to child, one JSON document a line. */
export type PipeRequest =
  PipeRun | { id: string; algorithm: string; batch: unknown[] } | { cancel: string } | PipeCallAnswer;

export interface PipeRun {
  id: string;
  algorithm: string;
  args: unknown;
  /** Only when not 0 (see RunRequest.depth). */
  depth?: number;
}

/** Answer to a child's `call`. */
export type PipeCallAnswer = { called: string; result: unknown } | { called: string; error: PipeError };

/** Child to parent, one JSON document a line. */
export type PipeAnswer =
  | { id: string; result: unknown }
  | { id: string; results: ({ result: unknown } | { error: PipeError })[] }
  | { id: string; error: PipeError }
  | { id: string; chunk: unknown }
  | { id: string; progress: number; message?: string }
  | { id: string; log: string }
  /** `ctx.call`: run another algorithm; `call` is the child's own name for the question. */
  | { id: string; call: string; algorithm: string; args: Record<string, unknown> };

export interface PipeError {
  message: string;
  error_type: string;
  stacktrace?: string;
  /** Wrong places in the input, for `InvalidInput`. */
  errors?: { path: string; message: string }[];
  /** For `RequestError`: the status received, or a word for why there is none. */
  status?: number | string;
}

/** A version 1 request: one line of JSON. Bytes are base64. */
export interface ClassicRequest {
  content_type: ContentType;
  data: unknown;
}

/** A version 1 answer: one JSON value, wherever it ends. */
export type ClassicAnswer =
  | { result: unknown; metadata: { content_type: ContentType } }
  | { error: { message: string; stacktrace?: string; error_type?: unknown } };
