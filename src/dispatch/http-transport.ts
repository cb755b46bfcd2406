import type { Dispatcher as HttpClient } from 'undici';
import { RunyardError } from '../errors/index.js';
import {
  ATTEMPT_HEADER,
  DURATION_HEADER,
  EVENT_STREAM_TYPE,
  REQUEST_ID_HEADER,
  RETRY_AFTER_MS_HEADER,
  TIMEOUT_HEADER,
  VERSION_HEADER,
} from '../http/index.js';
import {
  DEPTH_HEADER,
  type RunHooks,
  type RunnerEntry,
  type RunOutcome,
  type RunRequest,
} from '../protocol/index.js';
import { silentLogger, type Logger } from '../telemetry/index.js';
import { fromBrokenRequest } from './broken-request.js';
import { HttpPools, type PooledHost } from './http-pools.js';
import { createFailure, failed } from './outcomes.js';
import { readFailure, readResult, type RunAnswer } from './run-answer.js';
import { asResult, RunEventReader, type StreamedEnd } from './run-events.js';
import { RunLimit } from './run-limit.js';
import type { RunnerTransport } from './runner-transport.js';

export interface HttpTransportOptions {
  logger?: Logger;
  /** Connections per runner at most. @default unlimited */
  connections?: number;
  /** Most bytes of an answer, or characters of one event of it. @default 268435456 */
  maxResponseBytes?: number;
  /** How much longer than a run's own limit its answer is waited for, in milliseconds. @default 30000 */
  graceMs?: number;
}

/** Limit of a run for which neither task nor algorithm says one. */
const DEFAULT_TIMEOUT_MS = 300_000;

/** Carries runs to runners over HTTP, Runyard's own and the original Python ones. */
export function createHttpTransport(options: HttpTransportOptions = {}): RunnerTransport {
  return new HttpTransport(options);
}

class HttpTransport implements RunnerTransport {
  readonly #pools: HttpPools;
  readonly #logger: Logger;
  readonly #maxBytes: number;
  readonly #graceMs: number;

  constructor(options: HttpTransportOptions) {
    this.#pools = new HttpPools(options);
    this.#logger = options.logger ?? silentLogger;
    this.#maxBytes = options.maxResponseBytes ?? 256 * 1024 * 1024;
    this.#graceMs = options.graceMs ?? 30_000;
  }

  async run(runner: RunnerEntry, request: RunRequest, hooks?: RunHooks): Promise<RunOutcome> {
    const startedAt = performance.now();
    const limitMs = limitOf(runner, request) + this.#graceMs;
    const limit = new RunLimit(hooks, limitMs);
    const options = { maxEventLength: this.#maxBytes, logger: this.#logger };
    const reader = hooks?.onEvent && new RunEventReader(hooks.onEvent, options);
    try {
      const { end, durationMs } = await this.#exchange(runner, request, reader, limit.signal);
      return createOutcome(end, durationMs ?? performance.now() - startedAt, reader);
    } catch (error) {
      const failure = explainEnd(limit, limitMs) ?? fromBrokenRequest(runner.host, error);
      if (failure.code === 'internal')
        this.#logger.error({ err: error, runner: runner.id }, 'a run could not be sent');
      return createOutcome({ error: failure }, performance.now() - startedAt, reader);
    } finally {
      limit.dispose();
    }
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  async #exchange(
    runner: RunnerEntry,
    request: RunRequest,
    reader: RunEventReader | undefined,
    signal: AbortSignal,
  ): Promise<Ended> {
    const pooled = this.#pools.acquire(runner.host);
    try {
      const response = await send(
        pooled,
        describeCall(runner, request),
        request,
        signal,
        reader !== undefined,
      );
      const isStream = String(response.headers['content-type']).startsWith(EVENT_STREAM_TYPE);
      return reader && isStream ? await follow(response, reader) : await this.#readWhole(runner, response);
    } finally {
      this.#pools.release(pooled);
    }
  }

  async #readWhole({ kind }: RunnerEntry, response: HttpClient.ResponseData): Promise<Ended> {
    const { headers, statusCode } = response;
    const retryAfterMs = parseRetryAfter(headers);
    const answer: RunAnswer = {
      status: statusCode,
      text: await readText(response, this.#maxBytes),
      isOurs: headers[VERSION_HEADER] !== undefined,
      isBare: kind === 'fixed',
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
    const end = statusCode === 200 ? asResult(readResult(answer)) : { error: readFailure(answer) };
    const durationMs = parseNumber(headers[DURATION_HEADER]);
    return { end, ...(durationMs !== undefined && { durationMs }) };
  }
}

interface Ended {
  end: StreamedEnd;
  durationMs?: number;
}

function createOutcome(end: StreamedEnd, durationMs: number, reader: RunEventReader | undefined): RunOutcome {
  const logs = reader?.logs ?? [];
  return 'error' in end
    ? failed(end.error, durationMs, logs)
    : { ok: true, resultJson: end.resultJson, logs, durationMs };
}

const JSON_TYPE = 'application/json';

interface Call {
  path: string;
  body: string | Buffer;
  type: string;
}

/** Where a run is posted to under the runner's base address, and with what body. */
function describeCall({ kind }: RunnerEntry, { algorithm, args, contentType }: RunRequest): Call {
  if (kind !== 'fixed') {
    const path = `/run/${encodeName(algorithm)}`;
    if (contentType === 'text') return { path, body: String(args), type: 'text/plain; charset=utf-8' };
    return { path, body: JSON.stringify(args), type: JSON_TYPE };
  }
  const { body, base64 } = args as { body?: string; base64?: string };
  return { path: '/', body: body ?? Buffer.from(base64 ?? '', 'base64'), type: JSON_TYPE };
}

function send(
  { pool, prefix }: PooledHost,
  call: Call,
  request: RunRequest,
  signal: AbortSignal,
  isFollowed: boolean,
): Promise<HttpClient.ResponseData> {
  const headers: Record<string, string> = {
    'content-type': call.type,
    [REQUEST_ID_HEADER]: request.id,
  };
  if (isFollowed) headers.accept = EVENT_STREAM_TYPE;
  if (request.traceparent !== undefined) headers.traceparent = request.traceparent;
  if (request.attempt !== undefined) headers[ATTEMPT_HEADER] = String(request.attempt);
  if (request.timeoutMs !== undefined) headers[TIMEOUT_HEADER] = String(request.timeoutMs);
  if (request.depth !== undefined) headers[DEPTH_HEADER] = String(request.depth);
  return pool.request({ method: 'POST', path: prefix + call.path, headers, body: call.body, signal });
}

/** The slash of `owner/name` stays one. */
function encodeName(algorithm: string): string {
  return algorithm.split('/').map(encodeURIComponent).join('/');
}

async function follow({ body }: HttpClient.ResponseData, reader: RunEventReader): Promise<Ended> {
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) reader.push(chunk);
  } catch (error) {
    // What comes after the end, or does not, changes nothing any more.
    if (!reader.end) throw error;
  }
  const { end, durationMs } = reader;
  if (!end) throw new RunyardError('connection_lost', 'the stream of the run ended without its result');
  return { end, ...(durationMs !== undefined && { durationMs }) };
}

async function readText({ headers, body }: HttpClient.ResponseData, maxBytes: number): Promise<string> {
  const announced = Number(headers['content-length'] ?? NaN);
  if (announced <= maxBytes) return body.text();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes || announced > maxBytes)
      throw new RunyardError(
        'invalid_output',
        `expected an answer of at most ${maxBytes} bytes, got a larger one`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function limitOf(runner: RunnerEntry, { algorithm, timeoutMs }: RunRequest): number {
  if (timeoutMs !== undefined) return timeoutMs;
  const descriptor = runner.algorithms.find(({ name }) => name === algorithm);
  return descriptor?.limits.timeoutMs ?? DEFAULT_TIMEOUT_MS;
}

function explainEnd({ reason }: RunLimit, limitMs: number) {
  if (reason === 'cancelled') return createFailure('cancelled', 'the run was cancelled');
  if (reason === undefined) return undefined;
  return createFailure('timeout', `the runner gave no answer within ${limitMs} ms, its time limit included`);
}

function parseRetryAfter(headers: HttpClient.ResponseData['headers']): number | undefined {
  const exactMs = parseNumber(headers[RETRY_AFTER_MS_HEADER]);
  if (exactMs !== undefined) return exactMs;
  const seconds = parseNumber(headers['retry-after']);
  return seconds === undefined ? undefined : seconds * 1000;
}

function parseNumber(value: string | string[] | undefined): number | undefined {
  if (value === undefined || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}
