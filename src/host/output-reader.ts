import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Throttle } from './throttle.js';

/** A child that prints more than this in 100 ms waits until they have passed. */
const BUDGET_BYTES = 1024 * 1024;
/** So much at once means that the pipe was full, and the child has more to print than it held. */
const FULL_PIPE_BYTES = 100 * 1024;
/** Longest line before the ready line has come, which carries whole descriptors. */
const MAX_FIRST_LINE_LENGTH = 16 * 1024 * 1024;

export interface OutputReaderOptions {
  /** @default false */
  keepsEmptyLines?: boolean;
  maxLineLength: number;
  /** Lines passed on of one read: of more only the first and the last ones. */
  maxLines: number;
  /** Something was printed; whole lines of it follow. */
  onData: () => void;
  onLine: (line: string) => void;
}

/** Splits what a child prints into lines, with bounded memory and bounded work whatever it prints. */
export class OutputReader {
  readonly #options: OutputReaderOptions;
  readonly #throttle: Throttle;
  readonly #decoder = new StringDecoder('utf8');
  #whole: boolean;
  #partial = '';
  /** The rest of the line being read is over the limit and thrown away. */
  #cutting = false;
  #unseenBytes = 0;
  #wasFull = false;

  /** @param whole - pass every line on uncut until `limit()` is called */
  constructor(stream: Readable, options: OutputReaderOptions, whole: boolean) {
    this.#options = options;
    this.#throttle = new Throttle(stream, BUDGET_BYTES);
    this.#whole = whole;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('close', () => this.flush());
  }

  /** From now on lines are cut and counted. */
  limit(): void {
    this.#whole = false;
  }

  /** True when more output is probably on its way: the pipe was full, and has not been empty from one call to the next. */
  isBehind(): boolean {
    const bytes = this.#unseenBytes;
    this.#unseenBytes = 0;
    this.#wasFull = bytes >= FULL_PIPE_BYTES || (this.#wasFull && bytes > 0) || this.#throttle.isHolding;
    return this.#wasFull;
  }

  /** Passes on what has been printed without a newline so far. */
  flush(): void {
    const line = this.#partial;
    this.#partial = '';
    if (line !== '' && !this.#cutting) this.#emit(line);
  }

  /** Reads without a budget: the child has ended. */
  hurry(): void {
    this.#throttle.lift();
  }

  #read(chunk: Buffer): void {
    this.#throttle.spend(chunk.length);
    this.#unseenBytes += chunk.length;
    this.#options.onData();
    const text = this.#decoder.write(chunk);
    const lastNewline = text.lastIndexOf('\n');
    if (lastNewline === -1) {
      this.#grow(text);
      return;
    }
    this.#emitLines(text.slice(0, lastNewline));
    this.#grow(text.slice(lastNewline + 1));
  }

  #emitLines(text: string): void {
    const firstEnd = text.indexOf('\n');
    const first = `${this.#partial}${firstEnd === -1 ? text : text.slice(0, firstEnd)}`;
    if (!this.#cutting) this.#emitLine(first);
    this.#partial = '';
    this.#cutting = false;
    if (firstEnd === -1) return;
    const rest = text.slice(firstEnd + 1);
    const start = this.#whole ? 0 : findLastLines(rest, this.#options.maxLines);
    if (start > 0) this.#emit('… lines left out');
    for (const line of rest.slice(start).split('\n')) this.#emitLine(line);
  }

  #grow(text: string): void {
    if (this.#cutting) return;
    this.#partial += text;
    if (this.#partial.length <= this.#maxLength) return;
    this.#emit(this.#partial);
    this.#partial = '';
    this.#cutting = true;
  }

  #emitLine(line: string): void {
    if (line !== '' || this.#options.keepsEmptyLines === true) this.#emit(line);
  }

  #emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    this.#options.onLine(text.length > this.#maxLength ? `${text.slice(0, this.#maxLength)}…` : text);
  }

  get #maxLength(): number {
    return this.#whole ? MAX_FIRST_LINE_LENGTH : this.#options.maxLineLength;
  }
}

/** Where the last lines of a text start. Looking from the end costs the same however many there are before them. */
function findLastLines(text: string, count: number): number {
  let start = text.length;
  for (let found = 0; found < count; found += 1) {
    start = text.lastIndexOf('\n', start - 1);
    if (start <= 0) return 0;
  }
  return start + 1;
}
