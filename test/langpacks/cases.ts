import type { ErrorCode } from '../../src/errors/index.js';
import type { AlgorithmMode } from '../../src/protocol/index.js';

/** What a run is expected to end with. Exactly one of `result`, `chunks` and `error`. */
export interface ValueCase {
  title: string;
  args: Record<string, unknown>;
  result?: unknown;
  chunks?: unknown[];
  error?: ExpectedError;
}

export interface ExpectedError {
  code: ErrorCode;
  /** Class of the exception, as the algorithm's own language names it. */
  errorType?: string;
  /** A part of the message. */
  message?: string;
  /** Place of one of the field errors. */
  path?: string;
}

/** One algorithm that every language's fixture has, what is said of it, and what it does with values. */
export interface AlgorithmCase {
  /** The fixture's function is `run_<algorithm>`, or `batch_<algorithm>`. */
  algorithm: string;
  /** What the function has to do, for whoever writes the next fixture. */
  does: string;
  mode?: AlgorithmMode;
  description?: string;
  /** The arguments' schemas must hold at least these keywords; see `normalize.ts`. */
  arguments?: Record<string, unknown>;
  /** Names of the arguments that must be given. @default all of them */
  required?: string[];
  /** The output schema must hold at least these keywords. */
  output?: unknown;
  values: ValueCase[];
}

const string = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };
const date = { type: 'string', format: 'date-time' };
const bytes = { type: 'object', required: ['$binary'], properties: { $binary: string } };
const size = { type: 'object', properties: { width: number, height: number }, required: ['width', 'height'] };

const values: AlgorithmCase[] = [
  {
    algorithm: 'text',
    does: 'takes a text and gives it back',
    arguments: { text: string },
    output: string,
    values: [
      { title: 'plain text', args: { text: 'hello' }, result: 'hello' },
      { title: 'no text', args: { text: '' }, result: '' },
      {
        title: 'text of the whole world',
        args: { text: 'ü 漢字 😀 \u2028 \u0000 "\\\n' },
        result: 'ü 漢字 😀 \u2028 \u0000 "\\\n',
      },
      { title: 'a megabyte', args: { text: 'xü'.repeat(350_000) }, result: 'xü'.repeat(350_000) },
      {
        title: 'a number instead',
        args: { text: 5 },
        error: { code: 'invalid_input', path: '/text', message: 'text' },
      },
      { title: 'null instead', args: { text: null }, error: { code: 'invalid_input', path: '/text' } },
      {
        title: 'nothing',
        args: {},
        error: { code: 'invalid_input', path: '/text', message: 'text: missing' },
      },
      {
        title: 'an unknown argument',
        args: { text: 'a', txt: 'b' },
        error: { code: 'invalid_input', path: '/txt', message: 'unknown argument' },
      },
    ],
  },
  {
    algorithm: 'whole',
    does: 'takes a whole number `count` and gives the next one',
    arguments: { count: integer },
    output: integer,
    values: [
      { title: 'a whole number', args: { count: 41 }, result: 42 },
      { title: 'a fraction', args: { count: 1.5 }, error: { code: 'invalid_input', path: '/count' } },
    ],
  },
  {
    algorithm: 'real',
    does: 'takes a number `x` and gives its half',
    arguments: { x: number },
    output: number,
    values: [
      { title: 'a fraction', args: { x: 0.5 }, result: 0.25 },
      { title: 'a whole number', args: { x: 3 }, result: 1.5 },
    ],
  },
  {
    algorithm: 'truth',
    does: 'takes a truth value `flag` and gives the opposite',
    arguments: { flag: { type: 'boolean' } },
    output: { type: 'boolean' },
    values: [
      { title: 'true', args: { flag: true }, result: false },
      { title: 'a number instead', args: { flag: 1 }, error: { code: 'invalid_input', path: '/flag' } },
    ],
  },
  {
    algorithm: 'nothing',
    does: 'takes nothing and gives nothing',
    arguments: {},
    output: { type: 'null' },
    values: [{ title: 'nothing', args: {}, result: null }],
  },
  {
    algorithm: 'optional',
    does: 'takes `text`, a whole number `times` (2 unless given) and `mark`, a text or null (null unless given); gives the text that many times, and the mark',
    arguments: {
      text: string,
      times: { ...integer, default: 2 },
      mark: { anyOf: [string, { type: 'null' }], default: null },
    },
    required: ['text'],
    output: string,
    values: [
      { title: 'only what is required', args: { text: 'ab' }, result: 'abab' },
      { title: 'everything', args: { text: 'ab', times: 3, mark: '!' }, result: 'ababab!' },
      { title: 'null where null is allowed', args: { text: 'ab', mark: null }, result: 'abab' },
      {
        title: 'null where it is not',
        args: { text: 'ab', times: null },
        error: { code: 'invalid_input', path: '/times' },
      },
    ],
  },
  {
    algorithm: 'choice',
    does: 'takes `colour`, one of the literals red, green and blue, and gives it back',
    arguments: { colour: { enum: ['red', 'green', 'blue'] } },
    output: { enum: ['red', 'green', 'blue'] },
    values: [
      { title: 'one of them', args: { colour: 'green' }, result: 'green' },
      { title: 'another', args: { colour: 'pink' }, error: { code: 'invalid_input', path: '/colour' } },
    ],
  },
  {
    algorithm: 'level',
    does: 'takes a member of an enum with the values low and high, and gives the other one',
    arguments: { level: { enum: ['low', 'high'] } },
    output: { enum: ['low', 'high'] },
    values: [
      { title: 'a member', args: { level: 'low' }, result: 'high' },
      { title: 'something else', args: { level: 'LOW' }, error: { code: 'invalid_input', path: '/level' } },
    ],
  },
  {
    algorithm: 'either',
    does: 'takes `value`, a text or a whole number, and says "text" or "number"',
    arguments: { value: { anyOf: [string, integer] } },
    output: string,
    values: [
      { title: 'a text', args: { value: '5' }, result: 'text' },
      { title: 'a number', args: { value: 5 }, result: 'number' },
      { title: 'neither', args: { value: [5] }, error: { code: 'invalid_input', path: '/value' } },
    ],
  },
  {
    algorithm: 'area',
    does: 'takes `shape`, {kind: "rectangle", width, height} or {kind: "square", side}, numbers all, and gives its area',
    arguments: {
      shape: {
        anyOf: [
          {
            properties: { kind: { enum: ['rectangle'] }, width: number, height: number },
            required: ['kind', 'width', 'height'],
          },
          { properties: { kind: { enum: ['square'] }, side: number }, required: ['kind', 'side'] },
        ],
      },
    },
    output: number,
    values: [
      { title: 'one kind', args: { shape: { kind: 'rectangle', width: 2, height: 3 } }, result: 6 },
      { title: 'the other', args: { shape: { kind: 'square', side: 3 } }, result: 9 },
      {
        title: 'a part of one',
        args: { shape: { kind: 'square' } },
        error: { code: 'invalid_input', path: '/shape/side' },
      },
      {
        title: 'a kind that there is not',
        args: { shape: { kind: 'circle', side: 3 } },
        error: {
          code: 'invalid_input',
          path: '/shape/kind',
          message: 'expected one of "rectangle", "square"',
        },
      },
      { title: 'no kind', args: { shape: {} }, error: { code: 'invalid_input', path: '/shape/kind' } },
      { title: 'a text instead', args: { shape: 'x' }, error: { code: 'invalid_input', path: '/shape' } },
      { title: 'a list instead', args: { shape: [] }, error: { code: 'invalid_input', path: '/shape' } },
      { title: 'null', args: { shape: null }, error: { code: 'invalid_input', path: '/shape' } },
    ],
  },
  {
    algorithm: 'nested',
    does: 'takes `person`, {name, address: {street, city (optional)}}, and gives "name, street, city", without the city when there is none',
    arguments: {
      person: {
        properties: {
          name: string,
          address: { properties: { street: string, city: string }, required: ['street'] },
        },
        required: ['name', 'address'],
      },
    },
    output: string,
    values: [
      {
        title: 'all of it',
        args: { person: { name: 'Ada', address: { street: 'Elm', city: 'Bath' } } },
        result: 'Ada, Elm, Bath',
      },
      {
        title: 'without what is optional',
        args: { person: { name: 'Ada', address: { street: 'Elm' } } },
        result: 'Ada, Elm',
      },
      {
        title: 'a wrong part',
        args: { person: { name: 'Ada', address: { street: 7 } } },
        error: { code: 'invalid_input', path: '/person/address/street' },
      },
      {
        title: 'an unknown part',
        args: { person: { name: 'Ada', address: { street: 'Elm' }, age: 5 } },
        error: { code: 'invalid_input', path: '/person/age' },
      },
    ],
  },
  {
    algorithm: 'imported',
    does: 'takes `size`, a type from another file: {width, height}, numbers; gives {size: the same turned by a right angle}',
    arguments: { size },
    output: { type: 'object', properties: { size } },
    values: [
      {
        title: 'a value',
        args: { size: { width: 2, height: 3 } },
        result: { size: { width: 3, height: 2 } },
      },
    ],
  },
  {
    algorithm: 'list',
    does: 'takes a list `numbers` and gives their sum',
    arguments: { numbers: { type: 'array', items: number } },
    output: number,
    values: [
      { title: 'some', args: { numbers: [1, 2, 3.5] }, result: 6.5 },
      { title: 'none', args: { numbers: [] }, result: 0 },
      {
        title: 'a wrong one',
        args: { numbers: [1, '2'] },
        error: { code: 'invalid_input', path: '/numbers/1' },
      },
      { title: 'very many', args: { numbers: Array.from({ length: 200_000 }, () => 1) }, result: 200_000 },
    ],
  },
  {
    algorithm: 'records',
    does: 'takes a list `people` of {name, age: whole number} and gives the names of those over 17',
    arguments: {
      people: {
        type: 'array',
        items: { properties: { name: string, age: integer }, required: ['name', 'age'] },
      },
    },
    output: { type: 'array', items: string },
    values: [
      {
        title: 'some',
        args: {
          people: [
            { name: 'Ada', age: 36 },
            { name: 'Tim', age: 5 },
          ],
        },
        result: ['Ada'],
      },
      {
        title: 'a wrong one',
        args: { people: [{ name: 'Ada', age: '36' }] },
        error: { code: 'invalid_input', path: '/people/0/age' },
      },
    ],
  },
  {
    algorithm: 'counts',
    does: 'takes `words`, whole numbers by any names, and gives them doubled',
    arguments: { words: { type: 'object', additionalProperties: integer } },
    output: { type: 'object', additionalProperties: integer },
    values: [
      { title: 'some', args: { words: { a: 1, 'b c': 2 } }, result: { a: 2, 'b c': 4 } },
      {
        title: 'a wrong one',
        args: { words: { a: 'one' } },
        error: { code: 'invalid_input', path: '/words/a' },
      },
    ],
  },
  {
    algorithm: 'pair',
    does: 'takes `pair`, a text and a whole number, and gives them in the other order',
    arguments: { pair: { type: 'array', prefixItems: [string, integer], minItems: 2, maxItems: 2 } },
    output: { type: 'array', prefixItems: [integer, string] },
    values: [
      { title: 'a pair', args: { pair: ['a', 1] }, result: [1, 'a'] },
      { title: 'one too many', args: { pair: ['a', 1, 2] }, error: { code: 'invalid_input', path: '/pair' } },
    ],
  },
  {
    algorithm: 'moment',
    does: 'takes a date and time `at` and gives {year: its year, next: the same one day later}',
    arguments: { at: date },
    output: { type: 'object', properties: { year: integer, next: date } },
    values: [
      {
        title: 'a date',
        args: { at: '2026-11-22T10:00:00Z' },
        result: { year: 2026, next: '2026-11-23T10:00:00Z' },
      },
      { title: 'no date', args: { at: 'tomorrow' }, error: { code: 'invalid_input', path: '/at' } },
    ],
  },
  {
    algorithm: 'moments',
    does: 'takes `times`, lists of dates by name, and gives the latest of each list by the same name',
    arguments: { times: { type: 'object', additionalProperties: { type: 'array', items: date } } },
    output: { type: 'object', additionalProperties: date },
    values: [
      {
        title: 'dates inside lists inside a record',
        args: { times: { a: ['2026-11-22T10:00:00Z', '2026-11-23T09:00:00Z'], b: ['2000-01-01T00:00:00Z'] } },
        result: { a: '2026-11-23T09:00:00Z', b: '2000-01-01T00:00:00Z' },
      },
    ],
  },
  {
    algorithm: 'bytes',
    does: 'takes bytes `data` and gives {length, data: the bytes backwards}',
    arguments: { data: bytes },
    output: { type: 'object', properties: { length: integer, data: bytes } },
    values: [
      {
        title: 'bytes',
        args: { data: { $binary: 'AQL/' } },
        result: { length: 3, data: { $binary: '/wIB' } },
      },
      { title: 'a text instead', args: { data: 'AQL/' }, error: { code: 'invalid_input', path: '/data' } },
      ...['A!L/', 'AQL', 'AQL/\n', 'AQ-_', '=AQL', 'A==='].map((text) => ({
        title: `${JSON.stringify(text)}, which is no base64`,
        args: { data: { $binary: text } },
        error: { code: 'invalid_input' as const, path: '/data', message: 'base64' },
      })),
    ],
  },
  {
    algorithm: 'anything',
    does: 'takes any `value` and gives it back',
    arguments: { value: {} },
    values: [
      {
        title: 'a structure',
        args: { value: { a: [1, null, { b: true }] } },
        result: { a: [1, null, { b: true }] },
      },
      { title: 'null', args: { value: null }, result: null },
      { title: '40 levels', args: { value: nest(40) }, result: nest(40) },
    ],
  },
  {
    algorithm: 'tree',
    does: 'takes `tree`, {value: whole number, children: list of the same}, and gives the sum of all values',
    arguments: { tree: { type: 'object', required: ['value', 'children'] } },
    output: integer,
    values: [
      {
        title: 'a tree',
        args: {
          tree: {
            value: 1,
            children: [
              { value: 2, children: [{ value: 3, children: [] }] },
              { value: 4, children: [] },
            ],
          },
        },
        result: 10,
      },
      {
        title: 'a wrong leaf',
        args: { tree: { value: 1, children: [{ value: 'x', children: [] }] } },
        error: { code: 'invalid_input', path: '/tree/children/0/value' },
      },
    ],
  },
  {
    algorithm: 'constrained',
    does: 'takes `score` from 0 to 1, `name` of 1 to 5 small letters by a pattern, `tags` (1 to 3 texts), `url` (format uri) and `step` (a multiple of 5), and says "ok"',
    arguments: {
      score: { ...number, minimum: 0, maximum: 1 },
      name: { ...string, minLength: 1, maxLength: 5, pattern: '^[a-z]+$' },
      tags: { type: 'array', items: string, minItems: 1, maxItems: 3 },
      url: { ...string, format: 'uri' },
      step: { ...integer, multipleOf: 5 },
    },
    output: string,
    values: [
      {
        title: 'all within',
        args: { score: 1, name: 'abc', tags: ['x'], url: 'https://a.b/c', step: 10 },
        result: 'ok',
      },
      ...Object.entries({ score: 1.1, name: 'ABC', tags: [], url: 'nowhere', step: 7 }).map(
        ([name, value]) => ({
          title: `${name} outside`,
          args: { score: 1, name: 'abc', tags: ['x'], url: 'https://a.b/c', step: 10, [name]: value },
          error: { code: 'invalid_input' as const, path: `/${name}` },
        }),
      ),
    ],
  },
  {
    algorithm: 'documented',
    does: 'has the description "Says how warm it is." and describes its text argument `city` as "where to look"; says "warm in <city>"',
    description: 'Says how warm it is.',
    arguments: { city: { ...string, description: 'where to look' } },
    output: string,
    values: [{ title: 'a city', args: { city: 'Rome' }, result: 'warm in Rome' }],
  },
];

const behaviour: AlgorithmCase[] = [
  {
    algorithm: 'run_fast',
    does: 'is the function run_run_fast: everything after the first run_ is the name; takes nothing and says "fast"',
    arguments: {},
    values: [{ title: 'by its whole name', args: {}, result: 'fast' }],
  },
  {
    algorithm: 'later',
    does: 'is asynchronous where the language has that: waits a moment, then gives the `text` it took',
    arguments: { text: string },
    output: string,
    values: [{ title: 'a text', args: { text: 'soon' }, result: 'soon' }],
  },
  {
    algorithm: 'count_up',
    does: 'is a generator: streams the whole numbers from 1 to `to`',
    mode: 'stream',
    arguments: { to: integer },
    output: integer,
    values: [
      { title: 'some', args: { to: 3 }, chunks: [1, 2, 3] },
      { title: 'none', args: { to: 0 }, chunks: [] },
      { title: 'many', args: { to: 5000 }, chunks: Array.from({ length: 5000 }, (_, index) => index + 1) },
    ],
  },
  {
    algorithm: 'count_later',
    does: 'is an asynchronous generator: streams {n} with n from 1 to `to`, waiting a moment before each',
    mode: 'stream',
    arguments: { to: integer },
    output: { type: 'object', properties: { n: integer } },
    values: [{ title: 'some', args: { to: 2 }, chunks: [{ n: 1 }, { n: 2 }] }],
  },
  {
    algorithm: 'count_and_fail',
    does: 'is a generator: streams 1 and 2 and then raises an error of the class OddWeather',
    mode: 'stream',
    arguments: {},
    values: [
      {
        title: 'an error after chunks',
        args: {},
        error: { code: 'algorithm_error', errorType: 'OddWeather' },
      },
    ],
  },
  {
    algorithm: 'loaded',
    does: 'says "set up" when setup() has run before, and "not set up" otherwise',
    arguments: {},
    values: [{ title: 'what setup left', args: {}, result: 'set up' }],
  },
  {
    algorithm: 'broken',
    does: 'raises an error of a class of its own, OddWeather, with the message "it rains up"',
    arguments: {},
    values: [
      {
        title: 'an error',
        args: {},
        error: { code: 'algorithm_error', errorType: 'OddWeather', message: 'it rains up' },
      },
    ],
  },
  {
    algorithm: 'picky',
    does: 'raises InvalidInput with the message "is no image" about its text argument `image_url`',
    arguments: { image_url: string },
    values: [
      {
        title: 'a refused input',
        args: { image_url: 'x' },
        error: {
          code: 'input_refused',
          errorType: 'InvalidInput',
          message: 'is no image',
          path: '/image_url',
        },
      },
    ],
  },
  {
    algorithm: 'fetch_image',
    does: 'raises RequestError with the `status` it took, a whole number',
    arguments: { status: integer },
    values: [
      {
        title: 'something that is not there',
        args: { status: 404 },
        error: {
          code: 'input_unfetchable',
          errorType: 'RequestError',
          message: 'Error fetching request image, received 404',
        },
      },
      {
        title: 'a server in trouble',
        args: { status: 503 },
        error: { code: 'input_unreachable', errorType: 'RequestError' },
      },
    ],
  },
  {
    algorithm: 'not_json',
    does: 'gives {scores: [1, NaN]}',
    arguments: {},
    values: [
      {
        title: 'a result that JSON cannot hold',
        args: {},
        error: { code: 'invalid_output', message: '/scores/1' },
      },
    ],
  },
];

/** What every language has to do alike. A new language adds its fixture folder and nothing here. */
export const cases: readonly AlgorithmCase[] = [...values, ...behaviour];

/**
 * Algorithms whose behaviour takes more than a value to try; `conformance.ts` says how.
 * Apart from these a fixture has a function `helper` that is no algorithm, `setup`, `teardown`, and the limits
 * `{lengths: {timeoutMs: 20000, batch: {maxSize: 4, maxWaitMs: 500}}}`.
 */
export const scenarios: Readonly<Record<string, string>> = {
  lengths:
    'batch_lengths takes a list of items {text} and gives for each {length: of its text, batch: how many items came}. For the text "" it gives an error of the class OddWeather in place of the result; when a text is "lose" it gives one result too few',
  mark_teardown:
    'takes the path of a file; teardown() writes "torn down" to the path it was given last, if any',
  steps:
    'takes a whole number `count` and, through ctx, reports the progress i/count with the message "step i" for i from 1 to count; gives count',
  noted: 'takes a text `line`, logs it through ctx, and gives null',
  printed:
    'takes a whole number `lines` and prints "line 1", "line 2", ... to standard output; gives the number',
  wait_for_cancel:
    'logs "waiting" through ctx and waits until the signal of ctx says that the run is cancelled',
  call_other:
    'takes a text `algorithm` and any arguments `args` by name, runs that algorithm through ctx, and gives {answer: its result}',
};

/** Lists inside lists. */
function nest(levels: number): unknown {
  return levels === 0 ? [] : [nest(levels - 1)];
}
