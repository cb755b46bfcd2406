import type { TaskError } from '../protocol/index.js';
import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import type { Logger } from '../telemetry/index.js';
import { describeExpiry } from './expiry-error.js';

/** Tasks ended in one go, so that a sweep never holds up the rest. */
const BATCH = 200;

export interface ExpirySweepOptions {
  store: Pick<TaskStore, 'findExpired' | 'expire'>;
  queue: Pick<TaskQueue, 'remove'>;
  /** Undefined when nobody offers the algorithm. */
  freeCapacity: (algorithm: string) => number | undefined;
  unroutableAfterMs: number;
  clock: () => number;
  logger: Logger;
  onExpired: () => void;
}

/** Ends waiting tasks whose deadline has passed, and those that nobody has offered to run for too long. */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions;
  readonly #startedAt: number;
  /** When each algorithm was last seen on offer; one not in it has not been since the start. */
  readonly #offeredAt = new Map<string, number>();

  constructor(options: ExpirySweepOptions) {
    this.#options = options;
    this.#startedAt = options.clock();
  }

  noteOffer(algorithm: string): void {
    this.#offeredAt.set(algorithm, this.#options.clock());
  }

  async sweepDeadlines(): Promise<void> {
    const deadlineBefore = this.#options.clock();
    await this.#expireAll({ deadlineBefore }, describeExpiry.deadline());
  }

  /** @param lanes those with something to deliver */
  async sweepUnroutable(lanes: readonly string[]): Promise<void> {
    const { clock, freeCapacity, unroutableAfterMs } = this.#options;
    for (const algorithm of lanes) {
      if (freeCapacity(algorithm) !== undefined) this.noteOffer(algorithm);
      const createdBefore = clock() - unroutableAfterMs;
      const offeredAt = this.#offeredAt.get(algorithm) ?? this.#startedAt;
      if (offeredAt > createdBefore) continue;
      await this.#expireAll(
        { algorithm, createdBefore },
        describeExpiry.unroutable(algorithm, unroutableAfterMs),
      );
    }
  }

  async #expireAll(query: Parameters<TaskStore['findExpired']>[0], error: TaskError): Promise<void> {
    const { store, clock, logger, onExpired } = this.#options;
    for (;;) {
      const ids = await store.findExpired(query, BATCH);
      const now = clock();
      const ended = await Promise.all(ids.map((id) => this.#expire(id, error, now)));
      const count = ended.filter(Boolean).length;
      if (count > 0) {
        logger.warn({ count }, `${count} tasks are dead: ${error.message}`);
        onExpired();
      }
      // Those that were taken up meanwhile would be found again only if they wait again.
      if (ids.length < BATCH || count === 0) return;
    }
  }

  async #expire(id: string, error: TaskError, now: number): Promise<boolean> {
    if (!(await this.#options.store.expire(id, error, now))) return false;
    // Only after the record says so: a message without a waiting task is harmless, a waiting task without a message is lost.
    await this.#options.queue.remove(id);
    return true;
  }
}
