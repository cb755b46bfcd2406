import { describeError, RunyardError } from '../errors/index.js';
import type { RunFailure } from '../protocol/index.js';
import { createFailure } from './outcomes.js';

/** Nothing was sent: no connection came about, or this side closed before. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'EPROTO',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
]);

/** The request itself could not be put into words; no runner is to blame. */
const OUR_FAULT = new Set(['ERR_INVALID_URL', 'ERR_INVALID_CHAR', 'UND_ERR_INVALID_ARG']);

interface SystemError {
  code?: string;
  syscall?: string;
  socket?: { bytesWritten?: number };
}

/** What a request that brought no answer does to the run: the question is whether the work may have begun. */
export function fromBrokenRequest(host: string, error: unknown): RunFailure {
  if (error instanceof RunyardError) return createFailure(error.code, error.message);
  const { code = '' } = error as SystemError;
  const reason = describe(error, code);
  if (OUR_FAULT.has(code))
    return createFailure('internal', `the request to ${host} cannot be sent: ${reason}`);
  return wasNeverSent(error as SystemError)
    ? createFailure('runner_unreachable', `the runner at ${host} cannot be reached: ${reason}`)
    : createFailure(
        'connection_lost',
        `the connection to the runner at ${host} broke during the run: ${reason}`,
      );
}

function wasNeverSent({ code = '', syscall, socket }: SystemError): boolean {
  if (NEVER_SENT.has(code) || syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return /CERT|TLS|SIGNATURE/.test(code) || socket?.bytesWritten === 0;
}

/** Several addresses that all refused leave the message empty. */
function describe(error: unknown, code: string): string {
  return describeError(error) || code || 'no reason given';
}
