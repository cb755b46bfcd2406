import type { FailureClass } from '../errors/index.js';
import type { RunFailure } from '../protocol/index.js';

/** What is told of a run beside its result, in the documents that clients of Algorithmia's API know. */
export interface AlgoMetadata {
  /** Milliseconds. */
  durationMs: number;
  /** Everything printed, on whichever stream. */
  stdout?: string;
  stderr?: string;
  /** Only beside a result: `text`, `json` or `binary`. */
  contentType?: string;
}

export interface AlgoError {
  message: string;
  errorType: string;
  stacktrace?: string | undefined;
}

/** A run's failure as those clients know errors. What is no algorithm's own has a type that says so. */
export function toAlgoError({ message, errorType, stacktrace, class: kind }: RunFailure): AlgoError {
  const ours: Partial<Record<FailureClass, string>> = { timeout: 'TimeoutError', failed: 'AlgorithmError' };
  return { message, errorType: errorType ?? ours[kind] ?? 'SystemError', stacktrace };
}

/** The document of a result. @param resultJson - JSON text, which is sent as it is */
export function formatAlgoResult(resultJson: string, metadata: AlgoMetadata): string {
  return `{"result":${resultJson},"metadata":${formatAlgoMetadata(metadata)}}`;
}

/** The document of a run that failed. */
export function formatAlgoError(error: AlgoError, metadata: AlgoMetadata): string {
  return `{"error":${formatErrorMessage(error)},"metadata":${formatAlgoMetadata(metadata)}}`;
}

export function formatErrorMessage({ message, errorType, stacktrace }: AlgoError): string {
  return JSON.stringify({ message, error_type: errorType, ...(stacktrace !== undefined && { stacktrace }) });
}

export function formatAlgoMetadata({ durationMs, stdout, stderr, contentType }: AlgoMetadata): string {
  return JSON.stringify({
    duration: durationMs / 1000,
    ...(stdout !== undefined && { stdout }),
    ...(stderr !== undefined && { stderr }),
    ...(contentType !== undefined && { content_type: contentType }),
  });
}

const BYTES_PREFIX = '{"$binary":';

/** What kind of result a JSON text is, where nobody said so: bytes have a form of their own, and a text is one. */
export function describeAlgoResult(json: string): { contentType: string; json: string } {
  if (json.startsWith('"')) return { contentType: 'text', json };
  const bytes = json.startsWith(BYTES_PREFIX) ? json.slice(BYTES_PREFIX.length, -1).trim() : '';
  // Base64 holds no quote: the one that opens the text is followed by the one that ends it.
  const isOneText = bytes.startsWith('"') && bytes.indexOf('"', 1) === bytes.length - 1;
  return isOneText ? { contentType: 'binary', json: bytes } : { contentType: 'json', json };
}
