import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner } from '../../src/host/classic/json-scanner.js';

interface Scanned {
  texts: string[];
  members: Record<string, string>[];
  problems: string[];
  hasPartial: boolean;
}

/** Scans bytes in pieces of the sizes given, in turn; by default all at once. */
function scan(input: string | Buffer, sizes: number[] = [Infinity], maxBytes = 1e9): Scanned {
  const bytes = Buffer.from(input);
  const scanned: Scanned = { texts: [], members: [], problems: [], hasPartial: false };
  const scanner = new JsonScanner({
    maxBytes,
    onObject: ({ bytes: text, members }) => {
      scanned.texts.push(text.toString());
      const cut = members.map(({ keyStart, keyEnd, start, end }) => [
        JSON.parse(text.toString('utf8', keyStart, keyEnd)) as string,
        text.toString('utf8', start, end),
      ]);
      scanned.members.push(Object.fromEntries(cut) as Record<string, string>);
    },
    onBroken: (problem) => scanned.problems.push(problem),
  });
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = Math.min(bytes.length, start + (sizes[turn % sizes.length] ?? 1));
    scanner.push(bytes.subarray(start, end));
    start = end;
  }
  return { ...scanned, hasPartial: scanner.hasPartial };
}

/** True when JSON.parse takes the text. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
const indent = fc.constantFrom(undefined, 1, '\t', '\r\n');

describe('JSON in a stream of bytes', () => {
  it('is found object by object, in whatever pieces it comes, with its members', () => {
    const objects = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'medium' })), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(
        objects,
        indent,
        sizes,
        fc.constantFrom('', '\n', ' \r\n\t'),
        (values, space, pieces, gap) => {
          const texts = values.map((value) => JSON.stringify(value, undefined, space));
          const scanned = scan(gap + texts.map((text) => text + gap).join(''), pieces);
          expect(scanned).toMatchObject({ texts, problems: [], hasPartial: false });
          for (const [index, members] of scanned.members.entries()) {
            const parsed = Object.entries(members).map(([key, text]) => [key, JSON.parse(text) as unknown]);
            expect(JSON.stringify(Object.fromEntries(parsed))).toBe(
              JSON.stringify(JSON.parse(texts[index] ?? '')),
            );
          }
        },
      ),
    );
  });

  it('is taken exactly when JSON.parse takes it', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ depthSize: 'small' }));
    const spoil = fc.tuple(
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.constantFrom(
        '',
        '"',
        '\\',
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '0',
        '-',
        '.',
        'e',
        'E+',
        'u12',
        'tru',
        'null',
        '\n',
        '\u0001',
        'é',
      ),
    );
    fc.assert(
      fc.property(value, spoil, sizes, (object, [place, cut, put], pieces) => {
        const good = JSON.stringify(object);
        const at = 1 + (place % good.length);
        const text = good.slice(0, at) + put + good.slice(at + cut);
        const { texts, problems, hasPartial } = scan(text, pieces);
        // What ends early is an object with something behind it, which is another matter.
        const isWhole =
          problems.length === 0 && !hasPartial && texts.length === 1 && texts[0] === text.trim();
        expect(isWhole).toBe(isJson(text));
        for (const one of texts) expect(isJson(one)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '0',
    '-0',
    '1.5',
    '1e5',
    '1E-5',
    '1.25e+10',
    '-12',
    '01',
    '1.',
    '.5',
    '-',
    '1e',
    '1e+',
    '+1',
    '0x1',
    'NaN',
    'Infinity',
    'tru',
    'nulll',
    "'a'",
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '[1,]',
    '[,1]',
    '{"a"}',
    '{"a":}',
    '{a:1}',
    '[1 2]',
    '{"a":1,}',
    '"\\u00e9\\n\\/"',
    '[[[[]]],{}]',
  ])('takes %s as JSON.parse does', (text) => {
    const object = `{"result":${text}}`;
    const { texts, problems } = scan(object, [1]);
    expect(texts.length === 1 && problems.length === 0).toBe(isJson(object));
  });

  it('over the limit is broken off, without waiting for its end', () => {
    expect(scan('{"result":"', [3], 10).problems).toEqual(['wrote an answer over the limit of 10 bytes']);
    expect(scan('{"a":12345}', [Infinity], 10).problems).toEqual([
      'wrote an answer over the limit of 10 bytes',
    ]);
    expect(scan('{"a":1234}', [Infinity], 10).problems).toEqual([]);
  });

  it('nested or with members without end is broken off', () => {
    expect(scan(`{"a":${'['.repeat(20_000)}`).problems).toEqual(['wrote an answer nested over 10000 deep']);
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, index) => [index, 1])));
    expect(scan(many).problems).toEqual(['wrote an answer of over 100 members']);
  });

  it('says nothing more after it was broken', () => {
    expect(scan('nonsense {"a":1} nonsense', [2])).toMatchObject({ texts: [], problems: { length: 1 } });
  });
});
