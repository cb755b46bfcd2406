import type { Descriptor } from '../protocol/index.js';
import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';

/** What a task service works with. Store and queue belong to whoever made them. */
export interface TaskServiceOptions {
  store: TaskStore;
  queue: TaskQueue;
  /** Knows the schemas that payloads are checked against; without it nothing is checked before the runner does. */
  directory?: { descriptor(algorithm: string): Descriptor | undefined } | undefined;
  /** True when queue and store write in one transaction what is asked of them in one turn of the event loop (SQLite). @default false */
  atomic?: boolean;
  /** Refuse algorithms that nobody offers at the moment, instead of keeping their tasks waiting. @default false */
  requireKnown?: boolean;
  /** Milliseconds since the epoch. @default Date.now */
  clock?: () => number;
  /** @default ascending ULIDs */
  createId?: () => string;
  logger?: Logger;
  metrics?: Metrics;
  tracer?: Tracer | undefined;
  limits?: {
    /** Most bytes of a payload as JSON. @default no limit: the gateway's body limit stands before it */
    maxPayloadBytes?: number;
    /** Deepest nesting of objects and arrays in a payload. @default 200 */
    maxDepth?: number;
  };
  /** Refuses callback addresses by throwing. @default refuses what is not http(s) and every private address */
  assertCallbackUrl?: (url: string) => Promise<unknown>;
  /** Told at once when somebody wants a running task cancelled: a controller in this process need not wait to see it in the store. */
  onCancelRequested?: (taskId: string) => void;
}
