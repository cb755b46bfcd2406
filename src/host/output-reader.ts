import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Throttle } from './throttle.js';

/** A child that prints more than this in 100 ms waits until they have passed. */
const BUDGET_BYTES = 1024 * 1024;
/** Longest line before the ready line has come, which carries whole descriptors. */
const MAX_FIRST_LINE_LENGTH = 16 * 1024 * 1024;

export interface OutputReaderOptions {
  maxLineLength: number;
  /** Lines passed on of one read; of more only the last. */
  maxLines: number;
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
    const lines = text.split('\n');
    const first = `${this.#partial}${lines[0] ?? ''}`;
    lines[0] = this.#cutting ? '' : first;
    this.#partial = '';
    this.#cutting = false;
    const extra = this.#whole ? 0 : lines.length - this.#options.maxLines;
    if (extra > 0) this.#emit(`… ${extra} lines left out`);
    for (const line of extra > 0 ? lines.slice(extra) : lines) if (line !== '') this.#emit(line);
  }

  #grow(text: string): void {
    if (this.#cutting) return;
    this.#partial += text;
    if (this.#partial.length <= this.#maxLength) return;
    this.#emit(this.#partial);
    this.#partial = '';
    this.#cutting = true;
  }

  #emit(line: string): void {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    this.#options.onLine(text.length > this.#maxLength ? `${text.slice(0, this.#maxLength)}…` : text);
  }

  get #maxLength(): number {
    return this.#whole ? MAX_FIRST_LINE_LENGTH : this.#options.maxLineLength;
  }
}
