import type { Dispatcher } from '../dispatch/index.js';
import type { AlgorithmLimits, Descriptor } from '../protocol/index.js';
import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import type { CallbackOptions } from './callbacks/index.js';
import type { ControllerSettings } from './controller-settings.js';

/** What a controller works with. Queue, store and dispatcher belong to whoever made them. */
export interface ControllerOptions {
  /** Name of this controller in logs. @default a random one */
  id?: string;
  queue: TaskQueue;
  store: TaskStore;
  dispatcher: Dispatcher;
  /** True when queue and store write in one transaction what is asked of them in one turn of the event loop (SQLite). @default false */
  atomic?: boolean;
  /** Knows what an algorithm's author says of time limits and tries. */
  directory?: { descriptor(algorithm: string): Descriptor | undefined } | undefined;
  /** What the yard's owner says of algorithms; it goes before the author's word. */
  algorithms?: Readonly<Record<string, AlgorithmLimits>>;
  settings?: Partial<ControllerSettings>;
  /** Milliseconds since the epoch. @default Date.now */
  clock?: () => number;
  /** 0 to 1, for the jitter of waits. @default Math.random */
  random?: () => number;
  logger?: Logger;
  metrics?: Metrics;
  tracer?: Tracer | undefined;
  /** Delivers callbacks when given; without it they stay in the store. */
  callbacks?: CallbackOptions;
}
