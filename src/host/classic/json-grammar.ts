/** Where a scan of JSON text stands: plain numbers, as every byte is compared with them. From `AT_MINUS` on inside a number. */
export type At = number;
export const AT_OUTSIDE = 0;
export const AT_VALUE = 1;
export const AT_FIRST_KEY = 2;
export const AT_KEY = 3;
export const AT_COLON = 4;
export const AT_FIRST_ITEM = 5;
export const AT_COMMA_OR_END = 6;
export const AT_STRING = 7;
export const AT_ESCAPE = 8;
export const AT_HEX = 9;
export const AT_LITERAL = 10;
export const AT_MINUS = 11;
export const AT_ZERO = 12;
export const AT_INTEGER = 13;
export const AT_POINT = 14;
export const AT_FRACTION = 15;
export const AT_EXPONENT = 16;
export const AT_EXPONENT_SIGN = 17;
export const AT_EXPONENT_DIGITS = 18;

/** What the grammar has no place for. */
export const MISFIT = -1;
/** The byte does not belong to the number, which ends before it. */
export const NUMBER_ENDS = -2;

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const SPACE = 0x20;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

export const LITERALS: Readonly<Record<number, string>> = { 0x74: 'true', 0x66: 'false', 0x6e: 'null' };

export function isSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

export function isHex(byte: number): boolean {
  const lower = byte | SPACE;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}

/** The place of the first byte from here on that is no plain part of a string: its end, an escape, or a misfit. */
export function skipPlain(bytes: Buffer, from: number): number {
  let index = from;
  for (; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) break;
  }
  return index;
}

/** What may follow a backslash, besides `u`. */
export function isEscape(byte: number): boolean {
  return '"\\/bfnrt'.includes(String.fromCharCode(byte));
}

/** Where a number stands after its first byte; MISFIT when none begins so. */
export function beginNumber(byte: number): At {
  if (byte === MINUS) return AT_MINUS;
  if (byte === ZERO) return AT_ZERO;
  return isDigit(byte) ? AT_INTEGER : MISFIT;
}

/** Where a number stands after one more byte. */
export function continueNumber(at: At, byte: number): At {
  if (isDigit(byte)) return addDigit(at, byte);
  const isWhole = at === AT_ZERO || at === AT_INTEGER;
  if (byte === POINT && isWhole) return AT_POINT;
  if ((byte | SPACE) === 0x65 && (isWhole || at === AT_FRACTION)) return AT_EXPONENT;
  if ((byte === PLUS || byte === MINUS) && at === AT_EXPONENT) return AT_EXPONENT_SIGN;
  return isWhole || at === AT_FRACTION || at === AT_EXPONENT_DIGITS ? NUMBER_ENDS : MISFIT;
}

function addDigit(at: At, byte: number): At {
  if (at === AT_MINUS) return byte === ZERO ? AT_ZERO : AT_INTEGER;
  if (at === AT_ZERO) return MISFIT;
  if (at === AT_POINT) return AT_FRACTION;
  return at === AT_EXPONENT || at === AT_EXPONENT_SIGN ? AT_EXPONENT_DIGITS : at;
}
