import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { Logger } from '../telemetry/index.js';

/** Tasks published again in one go. */
const BATCH = 200;

export interface LostMessageSweepOptions {
  store: Pick<TaskStore, 'counts' | 'findExpired' | 'getSummary'>;
  queue: Pick<TaskQueue, 'depths' | 'publish'>;
  /** A waiting task is looked after when it has been due for this long. */
  afterMs: number;
  clock: () => number;
  logger: Logger;
}

/**
 * Publishes waiting tasks anew whose lane is empty although they are due: whoever accepted them died between record and
 * message, or the broker lost its disks. A message that is there after all is one too many, and its reader drops it.
 */
export class LostMessageSweep {
  readonly #options: LostMessageSweepOptions;

  constructor(options: LostMessageSweepOptions) {
    this.#options = options;
  }

  async sweep(): Promise<void> {
    const { store, queue } = this.#options;
    const counts = await store.counts();
    const waiting = counts.filter(({ state, count }) => state === 'waiting' && count > 0);
    if (waiting.length === 0) return;
    const depths = new Map((await queue.depths()).map(({ algorithm, ready }) => [algorithm, ready]));
    for (const { algorithm } of waiting) {
      if ((depths.get(algorithm) ?? 0) === 0) await this.#publishAgain(algorithm);
    }
  }

  async #publishAgain(algorithm: string): Promise<void> {
    const { store, queue, afterMs, clock, logger } = this.#options;
    const ids = await store.findExpired({ algorithm, createdBefore: clock() - afterMs }, BATCH);
    for (const id of ids) {
      const task = await store.getSummary(id);
      if (task?.state !== 'waiting') continue;
      await queue.publish({ id, algorithm, priority: task.priority });
      logger.warn(
        { task: id, algorithm },
        'a waiting task had no message in the queue and is published again',
      );
    }
  }
}
