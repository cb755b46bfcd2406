import type { RunFailure } from '../protocol/index.js';
import { createFailure } from './outcomes.js';

const FETCH_ERROR = /^Error fetching request image, received (\d{3})?/;

/** What an error of an original Python runner, which has no more than a status and a `detail`, does to a run. */
export function readOriginalError(status: number, detail: unknown, text: string): RunFailure {
  const message = describeDetail(detail) ?? (text.trim().slice(0, 2_000) || `the runner answered ${status}`);
  // Part II passes the status on with which its image was refused; Part III says 400.
  if (FETCH_ERROR.test(message)) return fromFetchError(message);
  switch (status) {
    case 400:
      return createFailure('invalid_input', message);
    case 413:
      return createFailure('body_too_large', message);
    case 422:
      return isAboutPath(detail)
        ? createFailure('no_runner', `the runner does not offer the algorithm: ${message}`)
        : createFailure('invalid_input', message);
    case 408:
    case 429:
    case 503:
      return createFailure('busy', message);
    case 502:
      return createFailure('connection_lost', message);
    case 504:
      return createFailure('timeout', message);
    default:
      return status >= 500
        ? fromTraceback(message)
        : createFailure('no_runner', describeStranger(status, message));
  }
}

/** The original retries nothing; a server that failed to deliver an image may well deliver it later. */
function fromFetchError(message: string): RunFailure {
  const received = Number(FETCH_ERROR.exec(message)?.[1] ?? 0);
  const isPassing = received >= 500 || received === 408 || received === 429;
  return createFailure(isPassing ? 'input_unreachable' : 'input_unfetchable', message);
}

/** A Python traceback ends with the exception's type and message. */
function fromTraceback(detail: string): RunFailure {
  const last = detail.trimEnd().split('\n').at(-1) ?? '';
  const exception = /^([A-Za-z_][\w.]*)(?:: (.*))?$/.exec(last);
  if (!detail.startsWith('Traceback') || !exception) return createFailure('algorithm_error', detail);
  const [, errorType = 'Exception', message] = exception;
  return createFailure('algorithm_error', message ?? errorType, { errorType, stacktrace: detail });
}

/** 404, 401, a redirect: what is there is not (or no longer) this runner. */
function describeStranger(status: number, message: string): string {
  return `expected a runner at the address, got status ${status}: ${message}`;
}

/** FastAPI names the place of each fault; an unknown algorithm is one of the path. */
function isAboutPath(detail: unknown): boolean {
  return Array.isArray(detail) && detail.some((item: { loc?: unknown } | null) => isIn(item?.loc, 'path'));
}

function isIn(loc: unknown, place: string): boolean {
  return Array.isArray(loc) && loc[0] === place;
}

function describeDetail(detail: unknown): string | undefined {
  if (typeof detail === 'string') return detail;
  return detail === undefined ? undefined : JSON.stringify(detail);
}
