import { request, type Dispatcher } from 'undici';
import { RunyardError } from '../errors/index.js';

export interface FetchSchemasOptions {
  dispatcher: Dispatcher;
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

/**
 * Asks a runner for `GET /schemas`. Any answer below 500 shows that it lives; undefined when it holds no schemas.
 * @throws RunyardError `runner_unreachable` when there is no such answer in time
 */
export async function fetchSchemas(
  host: string,
  options: FetchSchemasOptions,
): Promise<Record<string, unknown> | undefined> {
  const signal = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), options.signal]);
  const { dispatcher } = options;
  const response = await request(`${host.replace(/\/+$/, '')}/schemas`, {
    dispatcher,
    signal,
    reset: true,
    headers: { accept: 'application/json' },
  });
  const text = await readBounded(response.body, options.maxBytes);
  if (response.statusCode >= 500)
    throw new RunyardError('runner_unreachable', `GET ${host}/schemas gave ${response.statusCode}`);
  return response.statusCode === 200 && text !== undefined ? parseSchemas(text) : undefined;
}

/** The body, or undefined when it is over the limit. */
async function readBounded(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseSchemas(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // It answered, so it lives; what it answered describes nothing.
    return undefined;
  }
}
