import { request, type Dispatcher } from 'undici';
import { RunyardError } from '../errors/index.js';
import { readBounded } from './read-bounded.js';

export interface FetchSchemasOptions {
  dispatcher: Dispatcher;
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

/** What a runner that lives gave: its schemas by algorithm, or why what it gave holds none. */
export type SchemasAnswer = { schemas: Record<string, unknown> } | { fault: string };

/**
 * Asks a runner for `GET /schemas`. Any answer below 500 shows that it lives.
 * @throws RunyardError `runner_unreachable` when there is no such answer in time
 */
export async function fetchSchemas(host: string, options: FetchSchemasOptions): Promise<SchemasAnswer> {
  const signal = AbortSignal.any([AbortSignal.timeout(options.timeoutMs), options.signal]);
  const { dispatcher, maxBytes } = options;
  const { statusCode, body } = await request(`${host.replace(/\/+$/, '')}/schemas`, {
    dispatcher,
    signal,
    reset: true,
    headers: { accept: 'application/json' },
  });
  const text = await readBounded(body, maxBytes);
  if (statusCode >= 500)
    throw new RunyardError('runner_unreachable', `GET ${host}/schemas gave ${statusCode}`);
  if (statusCode !== 200) return { fault: `expected status 200 of GET /schemas, got ${statusCode}` };
  if (text === undefined) return { fault: `expected schemas of at most ${maxBytes} bytes, got more` };
  return parseSchemas(text);
}

function parseSchemas(text: string): SchemasAnswer {
  const fault = `expected a JSON object of schemas, got "${text.slice(0, 80)}"`;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? { schemas: value as Record<string, unknown> } : { fault };
  } catch {
    // It answered, so it lives; what it answered describes nothing.
    return { fault };
  }
}
