/** The latest changes as they went over the wire, bounded by number and size. */
export class DeltaLog {
  readonly #maxDeltas: number;
  readonly #maxBytes: number;
  #frames: string[] = [];
  #bytes = 0;
  /** The revision before the first kept one. */
  #base: number;

  constructor(revision: number, options: { maxLogDeltas: number; maxLogBytes: number }) {
    this.#base = revision;
    this.#maxDeltas = options.maxLogDeltas;
    this.#maxBytes = options.maxLogBytes;
  }

  append(revision: number, frame: string): void {
    if (this.#frames.length === 0) this.#base = revision - 1;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    if (this.#frames.length > this.#maxDeltas || this.#bytes > this.#maxBytes) this.#shrink();
  }

  /** Everything after a revision as one text; undefined when it is no longer, or never was, known. */
  since(revision: number): string | undefined {
    const index = revision - this.#base;
    if (!Number.isInteger(index) || index < 0 || index > this.#frames.length) return undefined;
    return this.#frames.slice(index).join('');
  }

  /** Down to half, so that it does not happen with every change. */
  #shrink(): void {
    while (this.#frames.length > this.#maxDeltas / 2 || this.#bytes > this.#maxBytes / 2) {
      const frame = this.#frames.shift();
      if (frame === undefined) return;
      this.#bytes -= frame.length;
      this.#base++;
    }
  }
}
