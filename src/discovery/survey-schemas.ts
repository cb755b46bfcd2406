import { Agent } from 'undici';
import { describeError } from '../errors/index.js';
import { fetchSchemas, type FetchSchemasOptions } from './fetch-schemas.js';
import { listRunners, type NamedRunner } from './list-runners.js';
import { originalRunnerId } from './original-runner.js';
import { findHostFault } from './registration-schema.js';

export interface SchemaSurveyOptions {
  /** Base addresses of discoveries, Runyard's own or original ones. */
  discoveries: readonly string[];
  /** Longest wait for one answer. @default 5000 */
  timeoutMs?: number;
  signal: AbortSignal;
}

/** What one runner said of itself, or why it said nothing. */
export type RunnerSurvey = NamedRunner & ({ schemas: Record<string, unknown> } | { error: string });

export interface SchemaSurvey {
  /** Each once, by address. */
  runners: RunnerSurvey[];
  /** Discoveries that could not be asked. */
  failed: { discovery: string; error: string }[];
}

/** Largest answer of a runner that is read. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Runners asked at the same time. */
const CONCURRENCY = 16;

/** Asks every runner that the discoveries know for its schemas. Never rejects: who does not answer is part of the result. */
export async function surveySchemas(options: SchemaSurveyOptions): Promise<SchemaSurvey> {
  const { discoveries, timeoutMs = 5_000, signal } = options;
  const dispatcher = new Agent({ connect: { timeout: timeoutMs } });
  const limits = { dispatcher, timeoutMs, signal, maxBytes: MAX_BYTES };
  try {
    const failed: SchemaSurvey['failed'] = [];
    const lists = await Promise.all(
      discoveries.map((discovery) =>
        listRunners(discovery, limits).catch((error: unknown) => {
          failed.push({ discovery, error: describeSilence(error, timeoutMs) });
          return [];
        }),
      ),
    );
    const named = mergeByAddress(lists.flat());
    return { runners: await mapConcurrently(named, (runner) => ask(runner, limits)), failed };
  } finally {
    await dispatcher.destroy();
  }
}

async function ask(runner: NamedRunner, limits: FetchSchemasOptions): Promise<RunnerSurvey> {
  const fault = findHostFault(runner.host);
  if (fault !== undefined) return { ...runner, error: fault };
  try {
    const answer = await fetchSchemas(runner.host, limits);
    return 'schemas' in answer ? { ...runner, ...answer } : { ...runner, error: answer.fault };
  } catch (error) {
    return { ...runner, error: describeSilence(error, limits.timeoutMs) };
  }
}

/** Several addresses that all refused leave the message empty. */
function describeSilence(error: unknown, timeoutMs: number): string {
  const { name, code } = error as { name?: string; code?: string };
  if (name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return describeError(error) || code || 'no reason given';
}

/** Several discoveries know the same runners, and the same address may be written in two ways. */
function mergeByAddress(runners: readonly NamedRunner[]): NamedRunner[] {
  const merged = new Map<string, NamedRunner>();
  for (const { host, algorithms } of runners) {
    const key = originalRunnerId(host);
    const known = merged.get(key);
    const names = [...new Set([...(known?.algorithms ?? []), ...algorithms])].sort();
    merged.set(key, { host: known?.host ?? host, algorithms: names });
  }
  return [...merged.values()].sort((a, b) => (a.host < b.host ? -1 : 1));
}

async function mapConcurrently<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  const entries = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of entries) results[index] = await map(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return results;
}
