import { request, type Dispatcher } from 'undici';
import { RunyardError } from '../errors/index.js';
import { readBounded } from './read-bounded.js';

/** A runner that a discovery names. */
export interface NamedRunner {
  /** Base address, as the runner wrote it. */
  host: string;
  algorithms: string[];
}

export interface ListRunnersOptions {
  dispatcher: Dispatcher;
  timeoutMs: number;
  signal: AbortSignal;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Asks a discovery once for all its runners; an original one, for the host of each algorithm.
 * @throws whatever kept it from answering, or RunyardError `internal` when it answered with something else
 */
export async function listRunners(url: string, options: ListRunnersOptions): Promise<NamedRunner[]> {
  const base = url.replace(/\/+$/, '');
  const runners = await get(`${base}/runners`, options);
  if (Array.isArray(runners)) return runners.map(readEntry);
  return groupByHost(await get(`${base}/algorithms`, options));
}

/** The JSON it gave; undefined when there is nothing at the path. */
async function get(url: string, { dispatcher, timeoutMs, signal }: ListRunnersOptions): Promise<unknown> {
  const { statusCode, body } = await request(url, {
    dispatcher,
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headers: { accept: 'application/json' },
  });
  const text = await readBounded(body, MAX_BYTES);
  if (statusCode === 404 || statusCode === 405) return undefined;
  if (statusCode !== 200 || text === undefined)
    throw new RunyardError(
      'internal',
      `GET ${url} gave ${statusCode}, expected 200 and at most ${MAX_BYTES} bytes`,
    );
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RunyardError('internal', `GET ${url} gave "${text.slice(0, 80)}", expected JSON`, { cause });
  }
}

function readEntry(entry: unknown): NamedRunner {
  const { host, algorithms } = (entry ?? {}) as { host?: unknown; algorithms?: unknown };
  if (typeof host !== 'string' || !Array.isArray(algorithms))
    throw new RunyardError(
      'internal',
      'GET /runners gave something else than runners with host and algorithms',
    );
  const names = algorithms.map((one: unknown) => (one as { name?: unknown } | null)?.name);
  return { host, algorithms: names.filter((name) => typeof name === 'string') };
}

function groupByHost(registry: unknown): NamedRunner[] {
  if (typeof registry !== 'object' || registry === null || Array.isArray(registry))
    throw new RunyardError('internal', 'GET /algorithms gave no object of hosts by algorithm, expected one');
  const byHost = new Map<string, string[]>();
  for (const [algorithm, given] of Object.entries(registry)) {
    const host = String(given);
    byHost.set(host, [...(byHost.get(host) ?? []), algorithm]);
  }
  return [...byHost].map(([host, algorithms]) => ({ host, algorithms }));
}
