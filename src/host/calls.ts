import type { RunFailure, RunOutcome } from '../protocol/index.js';
import type { ChildCall } from './answer.js';
import { createFailure, toFailure } from './failures.js';
import type { CallAlgorithm } from './project-host.js';

export interface CallContext {
  /** Undefined where there is nobody to ask. */
  call: CallAlgorithm | undefined;
  /** Algorithms may call each other this deep. */
  maxDepth: number;
  /** How deep the caller is. */
  depth: number;
  /** Aborted when the caller ends. */
  signal: AbortSignal;
  traceparent: string | undefined;
}

/** Runs what a child asked for and gives the line that answers it. Never rejects. */
export async function answerChildCall(call: ChildCall, context: CallContext): Promise<string> {
  const called = `{"called":${JSON.stringify(call.call)}`;
  const outcome = await runCall(call, context);
  if (outcome.ok) return `${called},"result":${outcome.resultJson}}\n`;
  return `${called},"error":${JSON.stringify(toChildError(outcome.error))}}\n`;
}

/** The line that answers a call that comes from no request. */
export function refuseCall({ call }: ChildCall): string {
  const message = 'An algorithm calls others only while it works on a request';
  return `{"called":${JSON.stringify(call)},"error":${JSON.stringify({ message, error_type: 'CallError' })}}\n`;
}

async function runCall({ algorithm, args }: ChildCall, context: CallContext): Promise<RunOutcome> {
  const { call, maxDepth, signal, traceparent } = context;
  const depth = context.depth + 1;
  if (call === undefined)
    return refuse(createFailure('no_runner', 'Calls to other algorithms are not available here'));
  if (typeof algorithm !== 'string' || args === undefined) {
    const message = 'ctx.call expects the name of an algorithm and its arguments';
    return refuse(createFailure('malformed_request', message));
  }
  if (depth > maxDepth) {
    const message = `${algorithm} would be called ${depth} algorithms deep; the limit is ${maxDepth}`;
    return refuse(createFailure('too_deep', message));
  }
  try {
    const request = { algorithm, args, depth, signal };
    return await call(traceparent === undefined ? request : { ...request, traceparent });
  } catch (error) {
    return refuse(toFailure(error));
  }
}

function refuse(error: RunFailure): RunOutcome {
  return { ok: false, error, logs: [], durationMs: 0 };
}

/**
 * The error as the calling function sees it raised. What the called algorithm refused or could not fetch keeps its type,
 * so that it means the same for the caller's own caller when it is not caught; all else is a CallError.
 */
function toChildError(error: RunFailure): Record<string, unknown> {
  const { code, message, errors, stacktrace } = error;
  const rest = { message, code, ...(stacktrace !== undefined && { stacktrace }) };
  if (code === 'input_refused') return { ...rest, error_type: 'InvalidInput', ...(errors && { errors }) };
  if (code === 'input_unfetchable') return { ...rest, error_type: 'RequestError', status: 400 };
  if (code === 'input_unreachable') return { ...rest, error_type: 'RequestError', status: 'unreachable' };
  return { ...rest, error_type: error.errorType ?? 'CallError' };
}
