import { RunyardError } from '../../errors/index.js';
import { silentLogger, type Logger } from '../../telemetry/index.js';

export interface PostgresTaskStoreOptions {
  /** `postgres://user:password@host:port/database`, with `sslmode` and others as libpq knows them. */
  url: string;
  /** Holds the tables; made when it is not there. @default 'runyard' */
  schema?: string;
  logger?: Logger;
  /** Connections at most, besides one that listens: half of them, at most 4, for changes. At least 2. @default 4 */
  connections?: number;
  /** Longest time to connect, in milliseconds. @default 5000 */
  connectTimeoutMs?: number;
  /** Longest time of one statement, in milliseconds. @default 30_000 */
  statementTimeoutMs?: number;
  /** How long a server that is not there yet is waited for at the start, in milliseconds; 0: without end. @default 0 */
  startTimeoutMs?: number;
}

export interface ResolvedStoreOptions extends Required<PostgresTaskStoreOptions> {
  /** Batches of changes that may be under way at once. */
  lanes: number;
}

const MAX_LANES = 4;

/** @throws RunyardError `invalid_config` */
export function resolveStoreOptions(options: PostgresTaskStoreOptions): ResolvedStoreOptions {
  assertUrl(options.url);
  const connections = Math.max(2, options.connections ?? 4);
  return Object.freeze({
    url: options.url,
    schema: options.schema ?? 'runyard',
    logger: options.logger ?? silentLogger,
    connections,
    lanes: Math.min(MAX_LANES, Math.floor(connections / 2)),
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    statementTimeoutMs: options.statementTimeoutMs ?? 30_000,
    startTimeoutMs: options.startTimeoutMs ?? 0,
  });
}

/** Says nothing of what came: it may hold a password. */
function assertUrl(url: string): void {
  if (/^postgres(?:ql)?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) return;
  throw new RunyardError(
    'invalid_config',
    'store.url: expected postgres://user:password@host:5432/database, got something else.',
  );
}
