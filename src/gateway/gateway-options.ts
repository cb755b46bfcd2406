import type { RunnerDirectory } from '../discovery/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { TaskService } from '../tasks/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';

/** A key that callers may present. The key itself is kept nowhere. */
export interface ApiKey {
  /** Shown as the owner of the tasks it submits. */
  name: string;
  /** SHA-256 of the key, 64 hexadecimal digits. */
  hash: string;
  /** It may run, submit and see only these. @default all */
  algorithms?: readonly string[];
}

export interface GatewayOptions {
  tasks: TaskService;
  store: TaskStore;
  queue: TaskQueue;
  dispatcher: Dispatcher;
  directory: RunnerDirectory;
  /** More for the answer of `GET /health`. */
  health?: () => object;
  /** With none, everybody who reaches the gateway may do everything. */
  apiKeys: readonly ApiKey[];
  /** Origins of pages that may call from a browser; `*` for all. */
  cors: { origins: readonly string[] };
  /**
   * Host names that requests may name while no key is needed, beyond this machine's own. Without it they are looked
   * at only when the gateway listens on loopback.
   */
  allowedHosts?: readonly string[];
  bodyLimitBytes: number;
  /** Longest chain of algorithms calling algorithms. */
  callDepth: number;
  version: string;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  /** What a caller is told to wait where nobody knows better, in milliseconds. @default 1000 */
  retryAfterMs?: number;
  /** Believe `X-Forwarded-*`: the gateway stands behind a proxy. @default false */
  trustProxy?: boolean;
  /** Name of a run that is no task; unique among those in flight. @default a random prefix and a number */
  createRunId?: () => string;
  /** Longest time a request may take to arrive whole, in milliseconds. @default 120000 */
  requestTimeoutMs?: number;
  /** Time between signs of life on a quiet event stream, in milliseconds. @default 15000 */
  keepAliveMs?: number;
  /** A reader that takes nothing for this long is cut off, in milliseconds. @default 30000 */
  stallTimeoutMs?: number;
  /** When the gateway closes, answers that are under way have this long, in milliseconds. @default 10000 */
  closeGraceMs?: number;
  /** A reader of a run's events that lies further behind is cut off. @default 4194304 */
  maxStreamBufferBytes?: number;
}

export type ResolvedGatewayOptions = Readonly<
  GatewayOptions &
    Required<
      Pick<
        GatewayOptions,
        | 'health'
        | 'retryAfterMs'
        | 'trustProxy'
        | 'createRunId'
        | 'requestTimeoutMs'
        | 'keepAliveMs'
        | 'stallTimeoutMs'
        | 'closeGraceMs'
        | 'maxStreamBufferBytes'
      >
    >
>;

export function resolveGatewayOptions(options: GatewayOptions): ResolvedGatewayOptions {
  return Object.freeze({
    health: () => ({}),
    retryAfterMs: 1000,
    trustProxy: false,
    createRunId: countedIds(),
    requestTimeoutMs: 120_000,
    keepAliveMs: 15_000,
    stallTimeoutMs: 30_000,
    closeGraceMs: 10_000,
    maxStreamBufferBytes: 4 * 1024 * 1024,
    ...options,
  });
}

/** Unique in this process by the number and beyond it by the prefix, and made in no time. */
function countedIds(): () => string {
  const prefix = `run-${crypto.randomUUID().slice(0, 13)}`;
  let number = 0;
  return () => `${prefix}-${(number++).toString(36)}`;
}
