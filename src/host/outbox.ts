import type { ChildProcess } from './child-process.js';

/** Lines on their way to a child: those of one turn of the event loop leave in one write. */
export class Outbox {
  readonly #child: ChildProcess;
  #text = '';
  #isScheduled = false;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Characters and bytes the child has not taken yet. */
  get size(): number {
    return this.#text.length + this.#child.bufferedBytes;
  }

  add(line: string): void {
    this.#text += line;
    this.schedule();
  }

  /** Writes a line at once: one so large that it is not to be copied together with others. */
  addLarge(line: string): void {
    this.flush();
    this.#child.write(line);
  }

  /** Sees to it that what is added in this turn leaves at its end. */
  schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.flush);
  }

  readonly flush = (): void => {
    this.#isScheduled = false;
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    this.#child.write(text);
  };
}
