import { GrowingBuffer } from './growing-buffer.js';

const NEWLINE = 10;

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
  readonly #partial = new GrowingBuffer();
  #stopped = false;

  constructor(options: LineReaderOptions) {
    this.#options = options;
  }

  /** True while the beginning of a line has been read and its end has not. */
  get hasPartial(): boolean {
    return this.#partial.length > 0;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (
      let end = chunk.indexOf(NEWLINE);
      end !== -1 && !this.#stopped;
      end = chunk.indexOf(NEWLINE, start)
    ) {
      if (this.hasPartial) this.#completePartial(chunk.subarray(start, end));
      else this.#emit(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length && !this.#stopped) this.#append(chunk.subarray(start));
  }

  #completePartial(rest: Buffer): void {
    this.#append(rest);
    if (this.#stopped) return;
    const line = this.#partial.take();
    this.#emit(line, 0, line.length);
  }

  #emit(bytes: Buffer, start: number, end: number): void {
    if (end - start > this.#options.maxLineBytes) this.#stop();
    else if (end > start) this.#options.onLine(bytes.toString('utf8', start, end));
  }

  #append(bytes: Buffer): void {
    if (this.#partial.length + bytes.length > this.#options.maxLineBytes) this.#stop();
    else this.#partial.append(bytes);
  }

  #stop(): void {
    this.#stopped = true;
    this.#partial.clear();
    this.#options.onTooLong();
  }
}
