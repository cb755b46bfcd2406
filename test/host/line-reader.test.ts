import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from '../../src/host/line-reader.js';

function readAll(
  chunks: Buffer[],
  maxLineBytes = 1000,
): { lines: string[]; tooLong: number; reader: LineReader } {
  const lines: string[] = [];
  let tooLong = 0;
  const reader = new LineReader({
    maxLineBytes,
    onLine: (line) => lines.push(line),
    onTooLong: () => (tooLong += 1),
  });
  for (const chunk of chunks) reader.push(chunk);
  return { lines, tooLong, reader };
}

describe('LineReader', () => {
  it('gives the same lines however the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(40), { minLength: 1 }), (texts, sizes) => {
        const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''));
        const chunks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = (sizes[turn % sizes.length] ?? 0) + 1;
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(readAll(chunks).lines).toEqual(texts);
      }),
    );
  });

  it('knows whether a line has begun and not ended', () => {
    const { reader } = readAll([Buffer.from('whole\nhal')]);
    expect(reader.hasPartial).toBe(true);
    reader.push(Buffer.from('f\n'));
    expect(reader.hasPartial).toBe(false);
  });

  it.each([
    [[Buffer.from('x'.repeat(20) + '\nnext\n')]],
    [Array.from({ length: 20 }, () => Buffer.from('x'))],
  ])('says once that a line is too long and reads nothing after it', (chunks) => {
    const { lines, tooLong, reader } = readAll(chunks, 10);
    reader.push(Buffer.from('more\n'));
    expect([lines, tooLong]).toEqual([[], 1]);
  });

  it('reads a line of a hundred megabytes in time that grows with its length only', () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const time = (megabytes: number): number => {
      const before = performance.now();
      const chunks = Array.from({ length: megabytes * 16 }, () => chunk);
      expect(readAll([...chunks, Buffer.from('\n')], 1e9).lines[0]).toHaveLength(megabytes * 1024 * 1024);
      return performance.now() - before;
    };
    time(1);
    expect(time(100)).toBeLessThan(Math.max(2000, time(10) * 60));
  });
});
