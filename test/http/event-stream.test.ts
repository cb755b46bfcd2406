import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventStreamParser, formatEvent, KEEP_ALIVE_FRAME, type StreamEvent } from '../../src/http/index.js';

function parse(pieces: string[], maxEventLength?: number): StreamEvent[] {
  const events: StreamEvent[] = [];
  const options = maxEventLength === undefined ? {} : { maxEventLength };
  const parser = new EventStreamParser((event) => events.push(event), options);
  for (const piece of pieces) parser.push(piece);
  return events;
}

describe('an event stream', () => {
  test('events arrive whole in whatever pieces the stream comes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', ':', ' ', 'é', '"') });
    fc.assert(
      fc.property(fc.array(text), fc.integer({ min: 1, max: 9 }), (contents, size) => {
        const stream = contents.map((data, id) => KEEP_ALIVE_FRAME + formatEvent('note', data, id)).join('');
        const pieces = stream.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];
        expect(parse(pieces)).toEqual(contents.map((data, id) => ({ event: 'note', data, id: String(id) })));
      }),
    );
  });

  test('lines that end in CRLF, comments, unknown fields and missing blanks are read as the standard says', () => {
    expect(parse([': hello\r\nevent:a\r\ndata:1\r\nretry: 5\r\n\r\ndata:  2\n\nevent: c\n\n'])).toEqual([
      { event: 'a', data: '1' },
      { event: 'message', data: ' 2' },
    ]);
  });

  test('an event over the limit is refused before it is whole, in one line or many', () => {
    expect(() => parse([`data: ${'x'.repeat(50)}`], 40)).toThrow(/at most 40 characters/);
    expect(() =>
      parse(
        Array.from({ length: 10 }, () => 'data: 123456\n'),
        40,
      ),
    ).toThrow(/at most 40 characters/);
    expect(parse(['data: 123456\n\n', 'data: 123456\n\n'], 10)).toHaveLength(2);
  });
});
