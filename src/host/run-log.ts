import type { LogLine } from '../protocol/index.js';

/** The last lines of a run, bounded. */
export class RunLog {
  readonly #maxLines: number;
  #lines: LogLine[] = [];
  /** Lines ever added. */
  count = 0;

  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  add(line: LogLine): void {
    this.count += 1;
    this.#lines.push(line);
    // Cut back only now and then: dropping the first of a list for every line would move the rest each time.
    if (this.#lines.length >= this.#maxLines * 2) this.#lines = this.#tail();
  }

  get lines(): LogLine[] {
    return this.#tail();
  }

  #tail(): LogLine[] {
    return this.#maxLines === 0 ? [] : this.#lines.slice(-this.#maxLines);
  }
}
