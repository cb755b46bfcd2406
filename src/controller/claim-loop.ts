import { describeError } from '../errors/index.js';
import type { Delivery, LaneDemand, TaskQueue } from '../queue/index.js';
import type { Logger } from '../telemetry/index.js';
import type { LaneBoard } from './lane-board.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface ClaimLoopOptions {
  queue: TaskQueue;
  lanes: LaneBoard;
  onDelivery: (delivery: Delivery) => void;
  logger: Logger;
}

/** Turns "something may be claimable" into one `queue.claim` per turn of the event loop, for all lanes together. */
export class ClaimLoop {
  readonly #options: ClaimLoopOptions;
  #scheduled: NodeJS.Immediate | undefined;
  #pause: NodeJS.Timeout | undefined;
  #failures = 0;
  #claiming = new Set<Promise<void>>();
  #closed = false;

  constructor(options: ClaimLoopOptions) {
    this.#options = options;
  }

  /** Claims at the end of this turn. Cheap to call, and harmless when there is nothing. */
  wake(): void {
    if (this.#scheduled || this.#pause || this.#closed) return;
    this.#scheduled = setImmediate(() => {
      this.#scheduled = undefined;
      this.#claim();
    });
  }

  /** Claims no more; resolves when what was asked for has come. */
  async close(): Promise<void> {
    this.#closed = true;
    clearImmediate(this.#scheduled);
    clearTimeout(this.#pause);
    await Promise.all(this.#claiming);
  }

  #claim(): void {
    const { lanes } = this.#options;
    const demands = lanes.takeDemands();
    if (demands.length === 0) return;
    const notices = demands.map(({ algorithm }) => lanes.notices(algorithm));
    const claim = this.#take(demands, notices).finally(() => this.#claiming.delete(claim));
    this.#claiming.add(claim);
  }

  async #take(demands: LaneDemand[], notices: number[]): Promise<void> {
    const { queue, lanes, onDelivery } = this.#options;
    let deliveries: Delivery[] = [];
    try {
      deliveries = await queue.claim(demands);
      this.#failures = 0;
    } catch (error) {
      this.#backOff(error);
    }
    const counts = new Map<string, number>();
    for (const { message } of deliveries)
      counts.set(message.algorithm, (counts.get(message.algorithm) ?? 0) + 1);
    demands.forEach(({ algorithm, max }, index) => {
      // After a failure nothing is known of the lane: -1 never equals a count of notices, so it stays ready.
      const before = this.#failures > 0 ? -1 : (notices[index] ?? 0);
      lanes.settleClaim(algorithm, max, counts.get(algorithm) ?? 0, before);
    });
    for (const delivery of deliveries) onDelivery(delivery);
  }

  #backOff(error: unknown): void {
    const delayMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures++;
    this.#options.logger.error(
      { err: error, delayMs },
      `taking tasks from the queue failed: ${describeError(error)}`,
    );
    if (this.#closed || this.#pause) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.wake();
    }, delayMs);
  }
}
