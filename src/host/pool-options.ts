import { availableParallelism } from 'node:os';
import { RunyardError } from '../errors/index.js';
import { suggest } from '../validation/index.js';
import type { PoolOptions } from './project-host.js';

const MIB = 1024 * 1024;

/** What a pool does when nothing is said. */
export const defaultPoolOptions: Readonly<PoolOptions> = Object.freeze({
  minProcesses: 0,
  maxProcesses: Math.max(2, availableParallelism()),
  maxWaiting: 1000,
  idleTimeoutMs: 60_000,
  maxLifetimeMs: 0,
  maxRequests: 0,
  maxMemoryBytes: 0,
  readyTimeoutMs: 60_000,
  defaultTimeoutMs: 300_000,
  cancelGraceMs: 2_000,
  killGraceMs: 5_000,
  maxAnswerBytes: 256 * MIB,
  maxLogLines: 200,
  maxLogLineLength: 4_000,
  crashLoopThreshold: 3,
  respawnBackoffMs: 500,
  maxRespawnBackoffMs: 30_000,
});

const MINIMUM: Partial<Record<keyof PoolOptions, number>> = {
  maxProcesses: 1,
  // A run waits for the process that is started for it.
  maxWaiting: 1,
  readyTimeoutMs: 1,
  defaultTimeoutMs: 1,
  maxAnswerBytes: 1,
  maxLogLineLength: 1,
  crashLoopThreshold: 1,
};

/** Fills in the defaults. @throws RunyardError `invalid_config` for an unknown name or a value out of range. */
export function resolvePoolOptions(given: Partial<PoolOptions> = {}): Readonly<PoolOptions> {
  const said = Object.entries(given).filter(([, value]) => value !== undefined);
  for (const [name, value] of said) assertOption(name, value);
  const options: PoolOptions = { ...defaultPoolOptions, ...Object.fromEntries(said) };
  return Object.freeze({ ...options, minProcesses: Math.min(options.minProcesses, options.maxProcesses) });
}

function assertOption(name: string, value: unknown): void {
  const known = Object.keys(defaultPoolOptions);
  if (!known.includes(name)) {
    throw new RunyardError('invalid_config', `pool.${name} is no setting${suggest(name, known)}`);
  }
  const minimum = MINIMUM[name as keyof PoolOptions] ?? 0;
  if (typeof value === 'number' && Number.isFinite(value) && value >= minimum) return;
  throw new RunyardError(
    'invalid_config',
    `pool.${name}: expected a number from ${minimum} up, got ${String(value)}`,
  );
}
