import type { Readable } from 'node:stream';

const WINDOW_MS = 100;

/** Lets a stream be read up to a budget per 100 ms, so that a child that floods it cannot starve the parent. */
export class Throttle {
  readonly #stream: Readable;
  readonly #budget: number;
  #spent = 0;
  #windowEndsAt = 0;
  #resumeTimer: NodeJS.Timeout | undefined;
  #lifted = false;

  constructor(stream: Readable, budget: number) {
    this.#stream = stream;
    this.#budget = budget;
  }

  /** The stream is held back at the moment. */
  get isHolding(): boolean {
    return this.#resumeTimer !== undefined;
  }

  /** Counts what was read; over the budget the stream pauses until the window has passed. */
  spend(amount: number): void {
    if (this.#lifted) return;
    const now = performance.now();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + WINDOW_MS;
      this.#spent = 0;
    }
    this.#spent += amount;
    if (this.#spent < this.#budget || this.#resumeTimer !== undefined) return;
    this.#stream.pause();
    this.#resumeTimer = setTimeout(() => this.#resume(), this.#windowEndsAt - now);
  }

  /** No limit from now on: the child has ended, and what is left in the pipe is little. */
  lift(): void {
    this.#lifted = true;
    if (this.#resumeTimer === undefined) return;
    clearTimeout(this.#resumeTimer);
    this.#resume();
  }

  #resume(): void {
    this.#resumeTimer = undefined;
    this.#stream.resume();
  }
}
