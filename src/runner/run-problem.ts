import { toProblem } from '../http/index.js';
import type { Problem, RunFailure } from '../protocol/index.js';

/** How long to stay away when the host does not say. */
const DEFAULT_RETRY_AFTER_MS = 1_000;

/** A run's failure as a problem. `detail` is the traceback where there is one: original clients look for it there. */
export function toRunProblem(error: RunFailure): Problem {
  const problem = toProblem(error);
  if (error.class === 'busy') problem.retryAfterMs ??= DEFAULT_RETRY_AFTER_MS;
  if (problem.status !== 500 || error.stacktrace === undefined) return problem;
  return { ...problem, detail: error.stacktrace, message: error.message };
}
