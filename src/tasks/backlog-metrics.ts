import { answerInTime } from '../http/index.js';
import type { LaneDepth, TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { Metrics } from '../telemetry/index.js';
import { LabelLimit } from './label-limit.js';

export interface BacklogMetricsOptions {
  queue: Pick<TaskQueue, 'depths'>;
  store: Pick<TaskStore, 'counts' | 'oldestWaiting'>;
  metrics: Metrics;
  /** Milliseconds since the epoch. @default Date.now */
  clock?: () => number;
}

interface Backlog {
  depths: readonly LaneDepth[] | undefined;
  counts: Awaited<ReturnType<TaskStore['counts']>> | undefined;
  oldest: Awaited<ReturnType<TaskStore['oldestWaiting']>> | undefined;
}

/**
 * What waits, by algorithm. It is read when somebody asks, so that it costs nothing otherwise; while the queue or the store
 * does not answer, its figures are left out and the others are told.
 */
export class BacklogMetrics {
  readonly #options: BacklogMetricsOptions;
  #refreshing: Promise<void> | undefined;

  constructor(options: BacklogMetricsOptions) {
    this.#options = options;
  }

  /** Never rejects. Those who ask at the same time share one look. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const backlog = await this.#read();
    const { metrics } = this.#options;
    metrics.partUp.set({ part: 'queue' }, backlog.depths ? 1 : 0);
    metrics.partUp.set({ part: 'store' }, backlog.counts && backlog.oldest ? 1 : 0);
    const limit = new LabelLimit();
    for (const { algorithm, ready, delayed = 0 } of backlog.depths ?? [])
      limit.weigh(algorithm, ready + delayed);
    for (const { algorithm, count } of backlog.counts ?? []) limit.weigh(algorithm, count);
    this.#tellDepths(backlog, limit);
    this.#tellAges(backlog, limit);
    this.#tellCounts(backlog, limit);
  }

  async #read(): Promise<Backlog> {
    const { queue, store } = this.#options;
    const [depths, counts, oldest] = await Promise.allSettled([
      answerInTime(() => queue.depths()),
      answerInTime(() => store.counts()),
      answerInTime(() => store.oldestWaiting(this.#now())),
    ]);
    return { depths: valueOf(depths), counts: valueOf(counts), oldest: valueOf(oldest) };
  }

  #tellDepths({ depths = [] }: Backlog, limit: LabelLimit): void {
    const { queueReady, queueDelayed } = this.#options.metrics;
    queueReady.reset();
    queueDelayed.reset();
    for (const depth of depths) {
      const algorithm = limit.label(depth.algorithm);
      queueReady.inc({ algorithm }, depth.ready);
      if (depth.delayed !== undefined) queueDelayed.inc({ algorithm }, depth.delayed);
    }
  }

  /** The queue knows best what is ready; where it cannot tell ages, the store's word counts. */
  #tellAges({ depths = [], oldest = [] }: Backlog, limit: LabelLimit): void {
    const { queueOldestSeconds } = this.#options.metrics;
    const since = new Map(oldest.map((one) => [one.algorithm, one.since]));
    for (const { algorithm, oldestAt } of depths) if (oldestAt !== undefined) since.set(algorithm, oldestAt);
    const ages = new Map(depths.map(({ algorithm }) => [limit.label(algorithm), 0]));
    for (const [name, moment] of since) {
      const algorithm = limit.label(name);
      ages.set(algorithm, Math.max(ages.get(algorithm) ?? 0, (this.#now() - moment) / 1000));
    }
    queueOldestSeconds.reset();
    for (const [algorithm, seconds] of ages) queueOldestSeconds.set({ algorithm }, seconds);
  }

  #tellCounts({ counts = [] }: Backlog, limit: LabelLimit): void {
    const { tasks } = this.#options.metrics;
    tasks.reset();
    for (const { algorithm, state, count } of counts)
      tasks.inc({ algorithm: limit.label(algorithm), state }, count);
  }

  #now(): number {
    return (this.#options.clock ?? Date.now)();
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T | undefined {
  return result.status === 'fulfilled' ? result.value : undefined;
}
