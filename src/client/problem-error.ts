import { isErrorCode, RunyardError, type ErrorCode, type RunyardErrorOptions } from '../errors/index.js';
import { RETRY_AFTER_MS_HEADER } from '../http/index.js';
import type { Problem } from '../protocol/index.js';

const CODE_BY_STATUS: Record<number, ErrorCode> = {
  400: 'malformed_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  413: 'body_too_large',
  415: 'unsupported_media_type',
  429: 'busy',
  502: 'gateway_unreachable',
  503: 'gateway_unreachable',
  504: 'gateway_unreachable',
};

/**
 * The error a problem document tells of. The document itself is its `cause`, with `errorType` and `stacktrace`
 * where an algorithm raised it. A code that this version does not know becomes one by status.
 */
export function errorFromProblem(
  problem: Partial<Problem>,
  status: number,
  retryAfterMs?: number,
): RunyardError {
  const code = isErrorCode(problem.code) ? problem.code : (CODE_BY_STATUS[status] ?? 'internal');
  const options: RunyardErrorOptions = { cause: problem };
  if (problem.errors !== undefined) options.errors = problem.errors;
  if (retryAfterMs !== undefined) options.retryAfterMs = retryAfterMs;
  return new RunyardError(code, describeProblem(problem, status), options);
}

/** The error an answer that is no success tells of; reads its body. */
export async function errorFromResponse(response: Response): Promise<RunyardError> {
  // A body that breaks off says no more than the status does.
  const text = await response.text().catch(() => '');
  return errorFromProblem(parseProblem(text), response.status, readRetryAfter(response));
}

function describeProblem(problem: Partial<Problem>, status: number): string {
  if (typeof problem.detail === 'string' && problem.detail !== '') return problem.detail;
  if (Array.isArray(problem.detail)) return JSON.stringify(problem.detail);
  return problem.title ?? `The gateway answered with status ${status}`;
}

function parseProblem(text: string): Partial<Problem> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Not from Runyard: some proxy's page. Its first words may help more than none.
  }
  return text.trim() === '' ? {} : { detail: text.trim().slice(0, 300) };
}

function readRetryAfter({ headers }: Response): number | undefined {
  const exact = headers.get(RETRY_AFTER_MS_HEADER);
  if (exact !== null) return Number(exact);
  const seconds = Number(headers.get('retry-after') ?? undefined);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
