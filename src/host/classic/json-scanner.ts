import { describeStart } from './describe-start.js';
import { GrowingBuffer } from '../growing-buffer.js';
import {
  type At,
  AT_COLON,
  AT_COMMA_OR_END,
  AT_ESCAPE,
  AT_FIRST_ITEM,
  AT_FIRST_KEY,
  AT_HEX,
  AT_KEY,
  AT_LITERAL,
  AT_MINUS,
  AT_OUTSIDE,
  AT_STRING,
  AT_VALUE,
  BACKSLASH,
  beginNumber,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  continueNumber,
  isEscape,
  isHex,
  isSpace,
  LITERALS,
  MISFIT,
  NUMBER_ENDS,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  skipPlain,
  SPACE,
} from './json-grammar.js';

/** Where one member of an object stands in its text, in bytes: the key with its quotes, and the value. */
interface Member {
  keyStart: number;
  keyEnd: number;
  start: number;
  end: number;
}

/** One whole JSON object: its text, and where its members stand in it. Valid only while it is being handed over. */
export interface ScannedObject {
  bytes: Buffer;
  members: readonly Member[];
}

export interface JsonScannerOptions {
  /** Most bytes of one object. */
  maxBytes: number;
  onObject: (object: ScannedObject) => void;
  /** Called once; nothing is read after it. @param problem - continues "The process ..." */
  onBroken: (problem: string) => void;
}

/** Nobody nests deeper, and the list of open brackets is not to grow without end. */
const MAX_NESTING = 10_000;
/** An answer has two or three. */
const MAX_MEMBERS = 100;
const U = 0x75;

/**
 * Finds the JSON objects in a stream of bytes, with anything or nothing between them but space. Each byte is looked at
 * once, in whatever pieces they come, and held to the grammar: what is handed over is JSON, and need not be parsed to
 * know it.
 */
export class JsonScanner {
  readonly #options: JsonScannerOptions;
  readonly #before = new GrowingBuffer();
  #at: At = AT_OUTSIDE;
  /** True for each open object, false for each open array. */
  #open: boolean[] = [];
  #members: Member[] = [];
  #isKey = false;
  /** Still to come of `true`, `false`, `null`, or of four hexadecimal digits. */
  #rest = '';
  #hexLeft = 0;
  #isBroken = false;

  constructor(options: JsonScannerOptions) {
    this.#options = options;
  }

  /** True while the beginning of an object has been read and its end has not. */
  get hasPartial(): boolean {
    return this.#at !== AT_OUTSIDE;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let index = 0; index < chunk.length && !this.#isBroken;) {
      if (this.#at === AT_OUTSIDE) {
        index = this.#begin(chunk, index);
        start = index - 1;
        continue;
      }
      index = this.#scan(chunk, index, this.#before.length - start);
      if (this.#at === AT_OUTSIDE && !this.#isBroken) this.#handOver(chunk.subarray(start, index));
    }
    if (this.hasPartial && !this.#isBroken) this.#keep(chunk.subarray(start));
  }

  /** Skips space and takes an object's first brace; returns the place after it. */
  #begin(chunk: Buffer, from: number): number {
    let index = from;
    while (index < chunk.length && isSpace(chunk[index] ?? 0)) index += 1;
    if (index === chunk.length) return index;
    if (chunk[index] !== OPEN_BRACE) {
      this.#break(`wrote an answer that is no JSON object: ${describeStart(chunk.subarray(index))}`);
      return index;
    }
    this.#open = [true];
    this.#members = [];
    this.#at = AT_FIRST_KEY;
    return index + 1;
  }

  /** Reads on until the object or the chunk ends. @param shift - what makes a place in the chunk one in the object */
  #scan(chunk: Buffer, from: number, shift: number): number {
    let index = from;
    while (index < chunk.length && this.#at !== AT_OUTSIDE) {
      if (this.#at === AT_STRING) index = this.#scanString(chunk, index, shift);
      else if (this.#step(chunk[index] ?? 0, index + shift)) index += 1;
      if (this.#isBroken) return index;
    }
    return index;
  }

  /** Most bytes of a large answer are in strings. */
  #scanString(chunk: Buffer, from: number, shift: number): number {
    const index = skipPlain(chunk, from);
    if (index === chunk.length) return index;
    const byte = chunk[index] ?? 0;
    if (byte === QUOTE) this.#endString(index + 1 + shift);
    else if (byte === BACKSLASH) this.#at = AT_ESCAPE;
    else this.#misfit(byte);
    return index + 1;
  }

  /** Takes one byte outside a string; false when it is to be looked at again, as it ended a number. */
  #step(byte: number, place: number): boolean {
    if (this.#at >= AT_MINUS) return this.#stepNumber(byte, place);
    if (this.#at === AT_ESCAPE || this.#at === AT_HEX) this.#stepEscape(byte);
    else if (this.#at === AT_LITERAL) this.#stepLiteral(byte, place);
    else if (!isSpace(byte)) this.#stepStructure(byte, place);
    return true;
  }

  #stepNumber(byte: number, place: number): boolean {
    const next = continueNumber(this.#at, byte);
    if (next === NUMBER_ENDS) {
      this.#endValue(place);
      return false;
    }
    if (next === MISFIT) this.#misfit(byte);
    else this.#at = next;
    return true;
  }

  #stepEscape(byte: number): void {
    if (this.#at === AT_HEX) {
      if (!isHex(byte)) this.#misfit(byte);
      else if ((this.#hexLeft -= 1) === 0) this.#at = AT_STRING;
    } else if (byte === U) {
      this.#at = AT_HEX;
      this.#hexLeft = 4;
    } else if (isEscape(byte)) this.#at = AT_STRING;
    else this.#misfit(byte);
  }

  #stepLiteral(byte: number, place: number): void {
    if (byte !== this.#rest.charCodeAt(0)) this.#misfit(byte);
    else {
      this.#rest = this.#rest.slice(1);
      if (this.#rest === '') this.#endValue(place + 1);
    }
  }

  #stepStructure(byte: number, place: number): void {
    const at = this.#at;
    if (at === AT_COMMA_OR_END) this.#stepAfterValue(byte, place);
    else if (at === AT_COLON) {
      if (byte === COLON) this.#at = AT_VALUE;
      else this.#misfit(byte);
    } else if (at === AT_FIRST_KEY && byte === CLOSE_BRACE) this.#close(place);
    else if (at === AT_FIRST_ITEM && byte === CLOSE_BRACKET) this.#close(place);
    else if (at === AT_FIRST_KEY || at === AT_KEY) {
      if (byte === QUOTE) this.#beginKey(place);
      else this.#misfit(byte);
    } else this.#beginValue(byte, place);
  }

  #stepAfterValue(byte: number, place: number): void {
    const isObject = this.#open.at(-1) === true;
    if (byte === COMMA) this.#at = isObject ? AT_KEY : AT_VALUE;
    else if (byte === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) this.#close(place);
    else this.#misfit(byte);
  }

  #beginKey(place: number): void {
    this.#at = AT_STRING;
    this.#isKey = true;
    if (this.#open.length > 1) return;
    if (this.#members.length === MAX_MEMBERS) this.#break(`wrote an answer of over ${MAX_MEMBERS} members`);
    this.#members.push({ keyStart: place, keyEnd: 0, start: 0, end: 0 });
  }

  #beginValue(byte: number, place: number): void {
    const member = this.#open.length === 1 ? this.#members.at(-1) : undefined;
    if (member) member.start = place;
    const literal = LITERALS[byte];
    if (byte === QUOTE) this.#at = AT_STRING;
    else if (byte === OPEN_BRACE) this.#nest(true);
    else if (byte === OPEN_BRACKET) this.#nest(false);
    else if (literal !== undefined) {
      this.#at = AT_LITERAL;
      this.#rest = literal.slice(1);
    } else {
      const next = beginNumber(byte);
      if (next === MISFIT) this.#misfit(byte);
      else this.#at = next;
    }
  }

  #nest(isObject: boolean): void {
    this.#open.push(isObject);
    this.#at = isObject ? AT_FIRST_KEY : AT_FIRST_ITEM;
    if (this.#open.length > MAX_NESTING) this.#break(`wrote an answer nested over ${MAX_NESTING} deep`);
  }

  #endString(end: number): void {
    if (!this.#isKey) {
      this.#endValue(end);
      return;
    }
    this.#isKey = false;
    this.#at = AT_COLON;
    const member = this.#open.length === 1 ? this.#members.at(-1) : undefined;
    if (member) member.keyEnd = end;
  }

  #close(place: number): void {
    this.#open.pop();
    if (this.#open.length === 0) this.#at = AT_OUTSIDE;
    else this.#endValue(place + 1);
  }

  #endValue(end: number): void {
    this.#at = AT_COMMA_OR_END;
    const member = this.#open.length === 1 ? this.#members.at(-1) : undefined;
    if (member) member.end = end;
  }

  #handOver(end: Buffer): void {
    if (this.#before.length + end.length > this.#options.maxBytes) {
      this.#breakAsTooLong();
      return;
    }
    if (this.#before.length > 0) this.#before.append(end);
    const bytes = this.#before.length > 0 ? this.#before.take() : end;
    this.#options.onObject({ bytes, members: this.#members });
  }

  #keep(bytes: Buffer): void {
    if (this.#before.length + bytes.length > this.#options.maxBytes) this.#breakAsTooLong();
    else this.#before.append(bytes);
  }

  #breakAsTooLong(): void {
    this.#break(`wrote an answer over the limit of ${this.#options.maxBytes} bytes`);
  }

  #misfit(byte: number): void {
    const character = byte < SPACE ? `the control character ${byte}` : `'${String.fromCharCode(byte)}'`;
    this.#break(`wrote an answer that is no JSON: ${character} where it has no place`);
  }

  #break(problem: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#at = AT_OUTSIDE;
    this.#before.clear();
    this.#options.onBroken(problem);
  }
}
