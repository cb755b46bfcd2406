import { describeError, getCatalogueEntry, RunyardError } from '../errors/index.js';
import type { Problem, RunFailure } from '../protocol/index.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** The problem document of an error (RFC 9457), or of a run's failure. */
export function toProblem(error: RunyardError | RunFailure): Problem {
  const { status, title } = getCatalogueEntry(error.code);
  const detail = error instanceof RunyardError ? error.detail : undefined;
  return {
    type: `urn:runyard:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: detail ?? error.message,
    ...(detail && { message: error.message }),
    ...(error.class && { class: error.class }),
    ...(error.errors && { errors: error.errors }),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...('errorType' in error && error.errorType !== undefined && { errorType: error.errorType }),
    ...('stacktrace' in error && error.stacktrace !== undefined && { stacktrace: error.stacktrace }),
  };
}

/** Value of `Retry-After`: whole seconds, never zero. */
export function retryAfterSeconds(retryAfterMs: number): number {
  return Math.max(1, Math.ceil(retryAfterMs / 1000));
}

/** Carries the exact time of `Retry-After`, which knows whole seconds only. */
export const RETRY_AFTER_MS_HEADER = 'x-retry-after-ms';

/** Anything thrown, as the error that may leave a component. */
export function toRunyardError(error: unknown): RunyardError {
  if (error instanceof RunyardError) return error;
  return new RunyardError('internal', describeError(error), { cause: error });
}
