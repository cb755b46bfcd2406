import type { ts } from './typescript.js';
import type { Schema } from './schema.js';

/** A type of the platform that stands for one value instead of an object: its schema, or why it has none. */
export interface KnownType {
  schema?: Schema;
  advice?: string;
}

const bytes = (type: string): Schema => ({
  type: 'object',
  properties: { $binary: { type: 'string', contentEncoding: 'base64' } },
  required: ['$binary'],
  additionalProperties: false,
  'x-type': type,
});

const refused = (what: string, instead: string): KnownType => ({
  advice: `is ${what}, which JSON cannot hold; use ${instead}`,
});

const KNOWN: Record<string, KnownType> = {
  Date: { schema: { type: 'string', format: 'date-time', 'x-type': 'date' } },
  Buffer: { schema: bytes('bytes') },
  Uint8Array: { schema: bytes('bytes') },
  ArrayBuffer: { schema: bytes('arraybuffer') },
  SharedArrayBuffer: refused('a SharedArrayBuffer', 'ArrayBuffer'),
  Map: refused('a Map', 'Record<string, T>'),
  ReadonlyMap: refused('a Map', 'Record<string, T>'),
  WeakMap: refused('a WeakMap', 'Record<string, T>'),
  Set: refused('a Set', 'T[] with @uniqueItems'),
  ReadonlySet: refused('a Set', 'T[] with @uniqueItems'),
  WeakSet: refused('a WeakSet', 'T[]'),
  Promise: refused('a Promise', 'the value it gives'),
  PromiseLike: refused('a Promise', 'the value it gives'),
  RegExp: refused('a RegExp', 'string with @format regex'),
  URL: refused('a URL', 'string with @format uri'),
  URLSearchParams: refused('a URLSearchParams', 'Record<string, string>'),
  Error: refused('an Error', 'an object with a message, or throw it'),
  Function: refused('a function', 'data'),
  String: refused('a String object', 'string'),
  Number: refused('a Number object', 'number'),
  Boolean: refused('a Boolean object', 'boolean'),
  BigInt: refused('a BigInt object', 'bigint'),
  Symbol: refused('a symbol', 'string'),
  Generator: refused('a generator', 'T[], or return it from the algorithm itself to stream'),
  AsyncGenerator: refused('a generator', 'T[], or return it from the algorithm itself to stream'),
  Iterator: refused('an iterator', 'T[]'),
  AsyncIterator: refused('an iterator', 'T[]'),
  Iterable: refused('an iterable', 'T[]'),
  AsyncIterable: refused('an iterable', 'T[], or return it from the algorithm itself to stream'),
  IterableIterator: refused('an iterator', 'T[]'),
  AsyncIterableIterator: refused('an iterator', 'T[], or return it from the algorithm itself to stream'),
  ReadableStream: refused('a stream', 'Uint8Array, or an async generator as the result'),
  Readable: refused('a stream', 'Uint8Array, or an async generator as the result'),
  Blob: refused('a Blob', 'Uint8Array'),
  File: refused('a File', 'Uint8Array'),
  DataView: refused('a DataView', 'Uint8Array'),
};

for (const kind of ['Int8', 'Uint8Clamped', 'Int16', 'Uint16', 'Int32', 'Uint32', 'Float32', 'Float64']) {
  KNOWN[`${kind}Array`] = refused(`a ${kind}Array`, 'number[] (Array.from(values)), or Uint8Array for bytes');
}
for (const kind of ['BigInt64', 'BigUint64']) KNOWN[`${kind}Array`] = refused(`a ${kind}Array`, 'bigint[]');

/** What a type of the platform becomes; undefined for types of the project's own. */
export function knownType(type: ts.Type, checker: ts.TypeChecker): KnownType | undefined {
  const name = platformName(type);
  if (name !== undefined && Object.hasOwn(KNOWN, name)) return KNOWN[name];
  if (type.getCallSignatures().length + type.getConstructSignatures().length > 0)
    return refused('a function', 'data');
  return inheritedKnownType(type, checker);
}

/** The name of a class or interface of the language or of Node; a project's own `Map` is its own affair. */
export function platformName(type: ts.Type): string | undefined {
  const symbol = type.getSymbol();
  const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
  if (!symbol || file === undefined) return undefined;
  return isPlatformFile(file) ? symbol.name : undefined;
}

/** Whether a file declares the language or Node themselves. */
export function isPlatformFile(path: string): boolean {
  return /\/node_modules\/(typescript\/lib|@types\/node|undici-types)\//.test(path);
}

/** `class Picture extends Uint8Array`, `class Broken extends Error`. */
function inheritedKnownType(type: ts.Type, checker: ts.TypeChecker): KnownType | undefined {
  if (!type.isClassOrInterface()) return undefined;
  for (const base of checker.getBaseTypes(type)) {
    const known = checker.isArrayType(base)
      ? refused('a subclass of Array', 'a plain array')
      : knownType(base, checker);
    if (known) return known.schema ? refused(`a subclass of ${base.symbol.name}`, base.symbol.name) : known;
  }
  return undefined;
}
