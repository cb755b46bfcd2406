import type { Arrival, LaneQueue } from './lane-queue.js';

export interface LaneOptions {
  algorithm: string;
  createQueue: (priority: number, events: { onArrival: () => void; onVoid: () => void }) => LaneQueue;
  /** There may be something to claim. */
  onReady: (algorithm: string) => void;
  /** Puts messages back that were pushed and that nobody claims. */
  giveBack: (arrivals: readonly Arrival[]) => Promise<void>;
  onError: (error: unknown) => void;
}

/** What was pushed and is not claimed within this time goes to others. */
const UNCLAIMED_MS = 250;

/**
 * The messages of one algorithm, as seen by one consumer: as many are pushed by the broker as were asked for and did not
 * come. With one priority (nearly always) that is all. With several, claims fetch from the highest down, so that what is
 * pushed early cannot go before what matters more; a single message is pushed only to tell that there is work.
 */
export class Lane {
  readonly algorithm: string;
  readonly #options: LaneOptions;
  /** Highest priority first. */
  #queues: LaneQueue[] = [];
  #unclaimedTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.algorithm = options.algorithm;
  }

  get queues(): readonly LaneQueue[] {
    return this.#queues;
  }

  /** The broker would push, if there were something. */
  get isWaiting(): boolean {
    return this.#queues.length > 0 && this.#queues.every((queue) => queue.room > 0 && queue.isSubscribed);
  }

  get hasArrivals(): boolean {
    return this.#queues.some(({ arrivals }) => arrivals.length > 0);
  }

  addPriority(priority: number): void {
    if (this.#queues.some((queue) => queue.priority === priority)) return;
    const onArrival = (): void => this.#onArrival();
    const onVoid = (): void => this.listen();
    this.#queues.push(this.#options.createQueue(priority, { onArrival, onVoid }));
    this.#queues.sort((a, b) => b.priority - a.priority);
    if (this.#queues.length !== 2) return;
    // From now on higher goes first: what the single queue was to push might not.
    for (const queue of this.#queues) void queue.unsubscribe().catch(this.#options.onError);
  }

  /** Has a single message pushed, as a sign that there is work; one that nobody claims goes to others. */
  listen(): void {
    if (this.#closed || this.hasArrivals) return;
    for (const queue of this.#queues) queue.want(1).catch(this.#options.onError);
  }

  /** Takes up to `max`, best first; what is missing is asked of the broker, and told by `onReady` when it comes. */
  async claim(max: number): Promise<Arrival[]> {
    if (max <= 0 || this.#closed) return [];
    const taken =
      this.#queues.length > 1
        ? await this.#fetch(max)
        : this.#queues.flatMap((queue) => queue.arrivals.splice(0, max));
    const missing = max - taken.length;
    const wanted = this.#queues.length > 1 ? 1 : missing;
    if (missing > 0) for (const queue of this.#queues) queue.want(wanted).catch(this.#options.onError);
    return taken;
  }

  async #fetch(max: number): Promise<Arrival[]> {
    const taken: Arrival[] = [];
    for (const queue of this.#queues) {
      taken.push(...queue.arrivals.splice(0, max - taken.length));
      // Where the broker would push and has not, there is nothing.
      if (queue.isSubscribed && queue.room > 0) continue;
      while (taken.length < max) {
        const arrival = await queue.fetch();
        if (!arrival) break;
        taken.push(arrival);
      }
      if (taken.length >= max) break;
    }
    return taken;
  }

  /** Asks for nothing more, and gives what came and was not claimed. */
  async close(): Promise<Arrival[]> {
    this.#closed = true;
    clearTimeout(this.#unclaimedTimer);
    await Promise.all(this.#queues.map((queue) => queue.unsubscribe()));
    return this.#queues.flatMap(({ arrivals }) => arrivals.splice(0));
  }

  #onArrival(): void {
    this.#watchUnclaimed(UNCLAIMED_MS);
    // A single message was asked for as a sign; the rest is fetched in order.
    if (this.#queues.length > 1)
      for (const queue of this.#queues)
        if (queue.arrivals.length > 0) void queue.unsubscribe().catch(this.#options.onError);
    this.#options.onReady(this.algorithm);
  }

  #watchUnclaimed(afterMs: number): void {
    if (this.#closed) return;
    this.#unclaimedTimer ??= setTimeout(() => {
      this.#unclaimedTimer = undefined;
      this.#returnUnclaimed();
    }, afterMs).unref();
  }

  #returnUnclaimed(): void {
    const before = performance.now() - UNCLAIMED_MS;
    let youngest: number | undefined;
    for (const queue of this.#queues) {
      const [oldest] = queue.arrivals;
      if (!oldest) continue;
      if (oldest.arrivedAt > before) youngest = Math.min(youngest ?? Infinity, oldest.arrivedAt);
      else void this.#returnAll(queue);
    }
    if (youngest !== undefined) this.#watchUnclaimed(youngest - before);
  }

  async #returnAll(queue: LaneQueue): Promise<void> {
    try {
      await queue.unsubscribe();
      await this.#options.giveBack(queue.arrivals.splice(0));
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
