const NEWLINE = 10;
const FIRST_CAPACITY_BYTES = 64 * 1024;

export interface LineReaderOptions {
  maxLineBytes: number;
  onLine: (line: string) => void;
  /** Called once, when a line grows beyond the limit; nothing is read after it. */
  onTooLong: () => void;
}

/** Splits bytes into lines, quickly for many small ones and in linear time for one of a hundred megabytes. */
export class LineReader {
  readonly #options: LineReaderOptions;
  /** The start of a line whose end has not come yet. */
  #partial: Buffer = Buffer.alloc(0);
  #length = 0;
  #stopped = false;

  constructor(options: LineReaderOptions) {
    this.#options = options;
  }

  /** True while the beginning of a line has been read and its end has not. */
  get hasPartial(): boolean {
    return this.#length > 0;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (
      let end = chunk.indexOf(NEWLINE);
      end !== -1 && !this.#stopped;
      end = chunk.indexOf(NEWLINE, start)
    ) {
      if (this.#length > 0) this.#completePartial(chunk.subarray(start, end));
      else this.#emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length && !this.#stopped) this.#append(chunk.subarray(start));
  }

  #completePartial(rest: Buffer): void {
    this.#append(rest);
    if (this.#stopped) return;
    const line = this.#partial;
    const length = this.#length;
    this.#length = 0;
    if (line.length > FIRST_CAPACITY_BYTES) this.#partial = Buffer.alloc(0);
    this.#emit(line, 0, length);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    if (end - start > this.#options.maxLineBytes) this.#stop();
    else if (end > start) this.#options.onLine(bytes.toString('utf8', start, end));
  }

  /** Room doubles, so that each byte of a long line is copied a constant number of times. */
  #append(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (length > this.#options.maxLineBytes) {
      this.#stop();
      return;
    }
    if (length > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(length, this.#partial.length * 2, FIRST_CAPACITY_BYTES));
      this.#partial.copy(grown, 0, 0, this.#length);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#length);
    this.#length = length;
  }

  #stop(): void {
    this.#stopped = true;
    this.#partial = Buffer.alloc(0);
    this.#length = 0;
    this.#options.onTooLong();
  }
}
