/**
 * Arrays as parameters, in PostgreSQL's binary format: nothing to escape here and nothing to parse there.
 * Header: dimensions, has nulls, element type, length, lower bound; then each element with its length before it.
 */
const HEADER_BYTES = 20;
const TYPE_OID = { bigint: 20, integer: 23, text: 25 } as const;
const TWO_TO_32 = 2 ** 32;

export function textArray(values: readonly (string | null)[]): Buffer {
  let size = HEADER_BYTES + 4 * values.length;
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value)));
  for (const length of lengths) size += Math.max(0, length);
  const buffer = createArray(size, TYPE_OID.text, values);
  let offset = HEADER_BYTES;
  for (const [index, value] of values.entries()) {
    offset = buffer.writeInt32BE(lengths[index] ?? -1, offset);
    if (value !== null) offset += buffer.write(value, offset);
  }
  return buffer;
}

/** Whole numbers up to 2^53; what is behind the point is cut off. */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  const size = HEADER_BYTES + values.reduce<number>((sum, value) => sum + (value === null ? 4 : 12), 0);
  const buffer = createArray(size, TYPE_OID.bigint, values);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(value === null ? -1 : 8, offset);
    if (value === null) continue;
    const whole = Math.trunc(value);
    offset = buffer.writeInt32BE(Math.floor(whole / TWO_TO_32), offset);
    offset = buffer.writeUInt32BE(whole >>> 0, offset);
  }
  return buffer;
}

export function integerArray(values: readonly (number | null)[]): Buffer {
  const size = HEADER_BYTES + values.reduce<number>((sum, value) => sum + (value === null ? 4 : 8), 0);
  const buffer = createArray(size, TYPE_OID.integer, values);
  let offset = HEADER_BYTES;
  for (const value of values) {
    offset = buffer.writeInt32BE(value === null ? -1 : 4, offset);
    if (value !== null) offset = buffer.writeInt32BE(value, offset);
  }
  return buffer;
}

function createArray(size: number, type: number, values: readonly unknown[]): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  const hasNulls = values.includes(null) ? 1 : 0;
  for (const [index, field] of [1, hasNulls, type, values.length, 1].entries())
    buffer.writeInt32BE(field, 4 * index);
  return buffer;
}
