/**
 * One timer for everything in a pool that is due at some time: time limits, grace periods, idle processes. Nearly every
 * run ends before its limit, so a timer of its own for each would cost more than the run; here a run costs one
 * comparison.
 */
export class Sweeper {
  readonly #sweep: (now: number) => number;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Infinity;
  #closed = false;

  /** @param sweep - does what is due and returns when it wants to be called next (performance.now), or Infinity */
  constructor(sweep: (now: number) => number) {
    this.#sweep = sweep;
  }

  /** Makes sure of a sweep at that time or before. */
  by(time: number): void {
    if (time < this.#dueAt && !this.#closed) this.#arm(time);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #arm(time: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = time;
    // Timers may fire up to a millisecond early, and hold no more than 2^31 ms.
    const delayMs = Math.min(Math.max(0, Math.ceil(time - performance.now())) + 1, 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#run(), delayMs);
  }

  #run(): void {
    this.#dueAt = Infinity;
    const next = this.#sweep(performance.now());
    if (next !== Infinity) this.by(next);
  }
}
