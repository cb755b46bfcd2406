/** Waits that double with each failure in a row, with jitter so that many clients do not come back together. */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  #failures = 0;

  constructor(options: { firstMs: number; maxMs: number }) {
    this.#firstMs = options.firstMs;
    this.#maxMs = options.maxMs;
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** The wait after one more failure, in milliseconds. */
  next(): number {
    const fullMs = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#failures++, 30));
    return fullMs * (0.5 + Math.random() / 2);
  }
}
