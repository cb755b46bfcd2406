/** Levels of nesting that are walked without watching for circles. */
const PLAIN_DEPTH = 200;

/** A result that JSON cannot hold. */
export class InvalidOutput extends Error {
  name = 'InvalidOutput';
}

/**
 * A value as JSON text: dates as ISO strings, bytes as `{"$binary": base64}`.
 *
 * @param {unknown} value
 * @param {{ bigints?: boolean }} [options] - `bigints`: the type says there are some; they become strings of digits
 * @returns {string}
 * @throws InvalidOutput naming the place of what JSON cannot hold
 */
export function encode(value, { bigints = false } = {}) {
  if (value === undefined) return 'null';
  try {
    return JSON.stringify(new Encoder(bigints).plain(value, 0)) ?? 'null';
  } catch (error) {
    if (error instanceof InvalidOutput || error instanceof RangeError) return encodeWithCare(value, bigints);
    throw error;
  }
}

/** The second, slower try: it knows where it is and sees circles. */
function encodeWithCare(value, bigints) {
  const encoder = new CarefulEncoder(bigints);
  try {
    return JSON.stringify(encoder.plain(value, 0)) ?? 'null';
  } catch (error) {
    if (error instanceof InvalidOutput) throw error;
    if (!(error instanceof RangeError)) throw error;
    const fault = /call stack/i.test(error.message) ? 'nested too deep' : 'too large';
    throw new InvalidOutput(`The result is ${fault} to be sent: ${error.message}`, { cause: error });
  }
}

/** Turns values into what JSON.stringify writes as it is; what needs no change is not copied. */
class Encoder {
  constructor(bigints) {
    this.bigints = bigints;
  }

  plain(value, depth) {
    switch (typeof value) {
      case 'object':
        return value === null ? null : this.object(value, depth);
      case 'number':
        return Number.isFinite(value) ? value : this.refuse(String(value));
      case 'bigint':
        return this.bigints
          ? String(value)
          : this.refuse('a bigint: declare the result type, or return a string');
      case 'function':
        return this.refuse('a function');
      case 'symbol':
        return this.refuse('a symbol');
      default:
        return value;
    }
  }

  object(value, depth) {
    if (depth > PLAIN_DEPTH) this.tooDeep();
    if (Array.isArray(value)) return this.array(value, depth + 1);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const special = this.special(value);
      if (special !== value) return this.plain(special, depth + 1);
    } else if (typeof value.toJSON === 'function') return this.plain(value.toJSON(), depth + 1);
    return this.record(value, depth + 1);
  }

  array(list, depth) {
    let copy;
    for (let index = 0; index < list.length; index += 1) {
      const item = list[index];
      if (typeof item === 'string') continue;
      const plain = this.inside(index, item, depth);
      if (plain === item) continue;
      copy ??= list.slice();
      copy[index] = plain;
    }
    return copy ?? list;
  }

  record(object, depth) {
    let copy;
    for (const key of Object.keys(object)) {
      const item = object[key];
      if (typeof item === 'string') continue;
      const plain = this.inside(key, item, depth);
      if (plain === item) continue;
      copy ??= { ...object };
      copy[key] = plain;
    }
    return copy ?? object;
  }

  inside(_key, item, depth) {
    return this.plain(item, depth);
  }

  /** What instances of known classes become; everything else is written as its own properties. */
  special(value) {
    if (value instanceof Date)
      return Number.isNaN(value.getTime()) ? this.refuse('an invalid Date') : value.toISOString();
    if (value instanceof Uint8Array || value instanceof ArrayBuffer) return toBinary(value);
    if (typeof value.toJSON === 'function') return value.toJSON();
    if (value instanceof Map) this.refuse('a Map: use Object.fromEntries(map)');
    if (value instanceof Set) this.refuse('a Set: use [...set]');
    if (value instanceof Promise) this.refuse('a Promise: await it');
    if (value instanceof Error) this.refuse('an Error: throw it');
    if (ArrayBuffer.isView(value)) this.refuse(`a ${value.constructor.name}: use Array.from(values)`);
    if (typeof value.next === 'function') this.refuse('an iterator: use [...items]');
    return value;
  }

  refuse(what) {
    throw new InvalidOutput(what);
  }

  tooDeep() {
    throw new InvalidOutput('nested deep');
  }
}

class CarefulEncoder extends Encoder {
  #path = [];
  #ancestors = new Set();

  object(value, depth) {
    if (this.#ancestors.has(value)) this.refuse('a reference to something it is inside of');
    this.#ancestors.add(value);
    const plain = super.object(value, depth);
    this.#ancestors.delete(value);
    return plain;
  }

  inside(key, item, depth) {
    this.#path.push(key);
    const plain = this.plain(item, depth);
    this.#path.pop();
    return plain;
  }

  tooDeep() {}

  refuse(what) {
    const at = this.#path
      .map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`)
      .join('');
    throw new InvalidOutput(`The result${at === '' ? '' : ` at ${at}`} is ${what}; JSON cannot hold it`);
  }
}

function toBinary(bytes) {
  const buffer =
    bytes instanceof ArrayBuffer
      ? Buffer.from(bytes)
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { $binary: buffer.toString('base64') };
}
