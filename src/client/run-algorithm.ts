import { RunyardError } from '../errors/index.js';
import type { RunEvent } from '../protocol/index.js';
import type { HttpCaller } from './http-caller.js';
import { errorFromProblem } from './problem-error.js';

export interface RunOptions {
  /** Aborting it cancels the run. */
  signal?: AbortSignal;
  /** Time limit of the run, in milliseconds. @default the algorithm's own */
  timeoutMs?: number;
  /** Gets progress, chunks and log lines as they come. */
  onEvent?: (event: RunEvent) => void;
}

/** Runs an algorithm now, and follows it when `onEvent` is there. */
export async function runAlgorithm(
  caller: HttpCaller,
  algorithm: string,
  args: Record<string, unknown>,
  options: RunOptions,
): Promise<unknown> {
  const { signal, timeoutMs, onEvent } = options;
  const headers: Record<string, string> = {};
  if (timeoutMs !== undefined) headers['x-timeout-ms'] = String(timeoutMs);
  const path = `/run/${formatAlgorithmPath(algorithm)}`;
  if (onEvent === undefined) {
    const answer = await caller.json<{ result: unknown }>('POST', path, { body: args, headers, signal });
    return answer.result;
  }
  headers['accept'] = 'text/event-stream';
  const response = await caller.send('POST', path, { body: args, headers, signal });
  return readRun(caller, response, onEvent, signal);
}

/** An algorithm's name as a path: an owner stays a segment of its own. */
export function formatAlgorithmPath(algorithm: string): string {
  return algorithm.split('/').map(encodeURIComponent).join('/');
}

async function readRun(
  caller: HttpCaller,
  response: Response,
  onEvent: (event: RunEvent) => void,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  for await (const { event, body } of caller.events(response, signal)) {
    if (event === 'result') return body['result'];
    if (event === 'error') throw errorFromProblem(body, Number(body['status']));
    const told = event === 'log' ? { log: { ...body, time: Date.parse(String(body['time'])) } } : body;
    onEvent({ type: event, ...told } as RunEvent);
  }
  throw new RunyardError(
    'connection_lost',
    'The gateway closed the connection before the run had ended. The run may be cancelled; run it again.',
  );
}
