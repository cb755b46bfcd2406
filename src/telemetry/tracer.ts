import type { RunFailure } from '../protocol/index.js';

/** What part of an exchange a span is: see the span kinds of OpenTelemetry. */
export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanStart {
  /** Without a value that callers make up: `run ocr`, not the task's id. */
  name: string;
  kind: SpanKind;
  /** The `traceparent` of what it is part of; a trace of its own begins without one. */
  parent?: string | undefined;
  attributes?: SpanAttributes;
}

/** A piece of work in a trace, open until it is ended. */
export interface TraceSpan {
  /** W3C header that makes other work a part of this. */
  readonly traceparent: string;
  set(attributes: SpanAttributes): void;
  end(failure?: Pick<RunFailure, 'class' | 'code' | 'message'>): void;
}

/**
 * Records what a process does as spans. Components have one only where somebody wants traces: without, they pass
 * `traceparent` on as it came, which costs nothing.
 */
export interface Tracer {
  start(span: SpanStart): TraceSpan;
  /** Sends what has ended; resolves when that is done or given up. */
  close(): Promise<void>;
}
