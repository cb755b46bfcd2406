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

/**
 * Runs an algorithm now. The answer is always a stream: its signs of life keep proxies and time limits, five minutes in
 * Node's own fetch, from ending a long run that says nothing.
 */
export async function runAlgorithm(
  caller: HttpCaller,
  algorithm: string,
  args: unknown,
  { signal, timeoutMs, onEvent }: RunOptions,
): Promise<unknown> {
  const accept = onEvent === undefined ? 'text/event-stream;events=none' : 'text/event-stream';
  const headers = { accept, ...(timeoutMs !== undefined && { 'x-timeout-ms': String(timeoutMs) }) };
  const path = `/run/${formatAlgorithmPath(algorithm)}`;
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
  onEvent: RunOptions['onEvent'],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  for await (const { event, body } of caller.events(response, signal)) {
    if (event === 'result') return body['result'];
    if (event === 'error') throw errorFromProblem(body, Number(body['status']));
    const told = event === 'log' ? { log: { ...body, time: Date.parse(String(body['time'])) } } : body;
    onEvent?.({ type: event, ...told } as RunEvent);
  }
  throw new RunyardError(
    'connection_lost',
    'The gateway closed the connection before the run had ended. The run may be cancelled; run it again.',
  );
}
