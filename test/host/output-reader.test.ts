import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { OutputReader } from '../../src/host/output-reader.js';
import { until } from './host-fixture.js';

function read(options: { maxLineLength?: number; maxLines?: number; whole?: boolean } = {}): {
  stream: PassThrough;
  lines: string[];
  reader: OutputReader;
} {
  const { maxLineLength = 10, maxLines = 3, whole = false } = options;
  const stream = new PassThrough();
  const lines: string[] = [];
  const onLine = (line: string): void => void lines.push(line);
  return {
    stream,
    lines,
    reader: new OutputReader(stream, { maxLineLength, maxLines, onData: () => {}, onLine }, whole),
  };
}

describe('OutputReader', () => {
  it('puts lines together from pieces, characters from bytes, and leaves empty ones out', async () => {
    const { stream, lines } = read();
    const bytes = Buffer.from('grün\r\n\n🎉 da\nrest');
    for (const byte of bytes) stream.write(Buffer.from([byte]));
    await until('both lines came', () => lines.length === 2);
    stream.destroy();
    await until('the rest came at the end', () => lines.length === 3);
    expect(lines).toEqual(['grün', '🎉 da', 'rest']);
  });

  it('passes the beginning of a long line on before its end has come, and holds no more of it', async () => {
    const { stream, lines } = read();
    stream.write('x'.repeat(50));
    await until('the beginning came', () => lines.length === 1);
    stream.write('y'.repeat(5000));
    stream.write('z\nnext\n');
    await until('the next line came', () => lines.length === 2);
    expect(lines).toEqual([`${'x'.repeat(10)}…`, 'next']);
  });

  it('of many lines in one read passes on the first and the last', async () => {
    const { stream, lines } = read();
    stream.write('a\nb\nc\nd\ne\nf\ng\n');
    await until('the last came', () => lines.at(-1) === 'g');
    expect(lines).toEqual(['a', '… lines le…', 'e', 'f', 'g']);
  });

  it('passes everything on until it is told to limit', async () => {
    const { stream, lines, reader } = read({ whole: true });
    stream.write('long first line\n1\n2\n3\n4\n5\n');
    await until('the last came', () => lines.at(-1) === '5');
    expect(lines).toHaveLength(6);
    reader.limit();
    stream.write('long second line\n');
    await until('the next came', () => lines.length === 7);
    expect(lines.at(-1)).toBe('long secon…');
  });
});
