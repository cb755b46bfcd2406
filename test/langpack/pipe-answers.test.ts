import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../until.js';
import { PipeDriver } from './pipe-driver.js';

describe('answers', () => {
  test('are written plainly, so that the parent can cut the value out', async () => {
    const pipe = new PipeDriver('export function run_echo(value) { return value; }');
    await pipe.ready();
    const raw: string[] = [];
    pipe.output.on('data', (text: string) => raw.push(text));
    await pipe.run('echo', { value: { a: [1, 'ü\n'] } });
    expect(raw.join('')).toBe('{"id":"run-0","result":{"a":[1,"ü\\n"]}}\n');
  });

  test('none is lost when the parent reads late', async () => {
    const pipe = new PipeDriver(
      `export function run_big(n) { process.stderr.write('.'); return String(n).repeat(200_000); }`,
    );
    await pipe.ready();
    pipe.output.pause();
    pipe.send(
      ...Array.from({ length: 20 }, (_, n) => ({ id: `b${n}`, algorithm: 'big', args: { n: n % 10 } })),
    );
    await until('all have run', () => pipe.stderr === '.'.repeat(20));
    pipe.output.resume();
    for (let n = 0; n < 20; n += 1)
      expect((await pipe.end(`b${n}`)).result).toBe(String(n % 10).repeat(200_000));
  });

  test('of finished runs leave even when a later one ends the process', async () => {
    const pipe = new PipeDriver(`
      export function run_good() { return 'good'; }
      export function run_exit(now) { if (now) process.exit(7); }`);
    await pipe.ready();
    await pipe.run('good');
    // Known as fast, so that nothing is sent for its sake before it begins.
    await pipe.run('exit', { now: false });
    pipe.send(
      { id: 'good', algorithm: 'good', args: {} },
      { id: 'exit', algorithm: 'exit', args: { now: true } },
    );
    await until('the pipe has ended', () => pipe.exit);
    expect(pipe.exit?.code).toBe(7);
    expect(pipe.of('good')[0]?.result).toBe('good');
  });

  test('go to a plain file as well', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'runyard-answers-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const out = join(dir, 'answers');
    writeFileSync(out, '');
    const pipe = new PipeDriver('export function run_echo(n) { return n; }', { out });
    await pipe.ready();
    pipe.send({ id: 'a', algorithm: 'echo', args: { n: 5 } });
    await until('the file holds the answer', () => readFileSync(out, 'utf8') === '{"id":"a","result":5}\n');
  });
});

describe('values', () => {
  const echo = (body: string): PipeDriver => new PipeDriver(`export function run_make() { ${body} }`);

  test.each([
    ['undefined', 'return;', null],
    [
      'dates',
      'return { at: new Date(0), list: [new Date(1)] };',
      { at: '1970-01-01T00:00:00.000Z', list: ['1970-01-01T00:00:00.001Z'] },
    ],
    [
      'bytes',
      'return [Buffer.from("hi"), new Uint8Array([1, 2]).subarray(1), new Uint8Array([255]).buffer];',
      [{ $binary: 'aGk=' }, { $binary: 'Ag==' }, { $binary: '/w==' }],
    ],
    ['absent properties', 'return { a: undefined, b: 1 };', { b: 1 }],
    ['holes in lists', 'return [undefined, 1];', [null, 1]],
    [
      'objects that know their JSON',
      'return { url: new URL("http://a/b"), own: { toJSON: () => 7 } };',
      { url: 'http://a/b', own: 7 },
    ],
    ['instances of classes', 'class P { x = 1; #y = 2; get z() { return 3; } } return new P();', { x: 1 }],
    ['the same object twice', 'const one = { n: 1 }; return [one, one];', [{ n: 1 }, { n: 1 }]],
  ])('%s are sent', async (_, body, expected) => {
    const pipe = echo(body);
    await pipe.ready();
    expect((await pipe.run('make')).result).toEqual(expected);
  });

  test.each([
    ['NaN', 'return { scores: [1, NaN] };', 'The result at /scores/1 is NaN; JSON cannot hold it'],
    ['Infinity', 'return -Infinity;', 'The result is -Infinity; JSON cannot hold it'],
    ['a function', 'return { "a/b~": () => 1 };', 'The result at /a~1b~0 is a function; JSON cannot hold it'],
    ['a symbol', 'return [Symbol("x")];', 'The result at /0 is a symbol; JSON cannot hold it'],
    ['a bigint nobody declared', 'return { n: 5n };', 'The result at /n is a bigint'],
    ['a Map', 'return { m: new Map() };', 'The result at /m is a Map: use Object.fromEntries(map)'],
    ['a Set', 'return new Set();', 'The result is a Set: use [...set]'],
    ['an invalid Date', 'return [new Date("x")];', 'The result at /0 is an invalid Date'],
    ['a promise inside', 'return { p: Promise.resolve(1) };', 'The result at /p is a Promise: await it'],
    ['an Error', 'return { e: new Error("x") };', 'The result at /e is an Error: throw it'],
    ['a typed array', 'return new Float32Array(2);', 'The result is a Float32Array: use Array.from(values)'],
    [
      'a circle',
      'const a = { list: [] }; a.list.push(a); return a;',
      'The result at /list/0 is a reference to something it is inside of',
    ],
    [
      'endless nesting',
      'let a = []; for (let i = 0; i < 100_000; i += 1) a = [a]; return a;',
      'nested too deep',
    ],
  ])('%s is refused, and the place named', async (_, body, message) => {
    const pipe = echo(body);
    await pipe.ready();
    const { error } = await pipe.run('make');
    expect(error?.error_type).toBe('InvalidOutput');
    expect(error?.message).toContain(message);
  });

  test('1000 levels of nesting pass', async () => {
    const pipe = echo('let a = []; for (let i = 0; i < 1000; i += 1) a = [a]; return a;');
    await pipe.ready();
    expect(JSON.stringify((await pipe.run('make')).result)).toBe('['.repeat(1001) + ']'.repeat(1001));
  });

  test('typed arguments arrive as dates, big integers and buffers, at any depth and in alternatives', async () => {
    const date = { type: 'string', format: 'date-time', 'x-type': 'date' };
    const bigint = { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-type': 'bigint' };
    const node = { type: 'object', properties: { at: date, next: { $ref: '#/$defs/Node' } } };
    const shape = (kind: string, value: object): object => ({
      type: 'object',
      properties: { kind: { const: kind }, value },
      required: ['kind', 'value'],
    });
    const pipe = new PipeDriver(
      `const show = (v) => v instanceof Date ? 'Date ' + v.getTime() : typeof v === 'bigint' ? 'bigint ' + v
         : v instanceof ArrayBuffer ? 'ArrayBuffer ' + v.byteLength : Buffer.isBuffer(v) ? 'Buffer ' + v
         : Array.isArray(v) ? v.map(show) : v && typeof v === 'object' ? Object.fromEntries(Object.entries(v).map(([k, x]) => [k, show(x)])) : v;
       export function run_show(value) { return show(value); }`,
      {
        description: [
          {
            name: 'show',
            export: 'run_show',
            parameters: ['value'],
            input: {
              $defs: { Node: node },
              properties: {
                value: {
                  type: 'object',
                  properties: {
                    list: { type: 'array', items: date },
                    tuple: { type: 'array', prefixItems: [{ type: 'string' }, date], items: bigint },
                    record: { type: 'object', additionalProperties: bigint },
                    tree: { $ref: '#/$defs/Node' },
                    maybe: { anyOf: [date, { type: 'null' }] },
                    text: { anyOf: [{ type: 'string' }, date] },
                    shape: { oneOf: [shape('text', { type: 'string' }), shape('time', date)] },
                    buffer: { type: 'object', 'x-type': 'bytes' },
                    raw: { type: 'object', 'x-type': 'arraybuffer' },
                  },
                },
              },
            },
          },
        ],
      },
    );
    await pipe.ready();
    const time = '1970-01-01T00:00:00.005Z';
    const value = {
      list: [time],
      tuple: [time, time, 1, '2'],
      record: { a: '12345678901234567890' },
      tree: { at: time, next: { at: time } },
      maybe: time,
      text: time,
      shape: { kind: 'time', value: time },
      buffer: { $binary: 'aGk=' },
      raw: { $binary: 'aGk=' },
    };
    expect((await pipe.run('show', { value })).result).toEqual({
      list: ['Date 5'],
      tuple: [time, 'Date 5', 'bigint 1', 'bigint 2'],
      record: { a: 'bigint 12345678901234567890' },
      tree: { at: 'Date 5', next: { at: 'Date 5' } },
      maybe: 'Date 5',
      text: time,
      shape: { kind: 'time', value: 'Date 5' },
      buffer: 'Buffer hi',
      raw: 'ArrayBuffer 2',
    });
  });

  test('big integers come back as digits where the type says there are some', async () => {
    const pipe = new PipeDriver('export function run_big() { return [1n, 12345678901234567890n]; }', {
      description: [
        {
          name: 'big',
          export: 'run_big',
          parameters: [],
          output: { type: 'array', items: { 'x-type': 'bigint' } },
        },
      ],
    });
    await pipe.ready();
    expect((await pipe.run('big')).result).toEqual(['1', '12345678901234567890']);
  });
});

describe('errors', () => {
  test('carry type, message and stack, with causes and without the frames of the pipe', async () => {
    const pipe = new PipeDriver(`
      class OddWeather extends Error {}
      export function run_fail() { throw new OddWeather('it rains up', { cause: new TypeError('wet') }); }`);
    await pipe.ready();
    const { error } = await pipe.run('fail');
    expect(error).toMatchObject({ error_type: 'OddWeather', message: 'it rains up' });
    expect(error?.stacktrace).toMatch(
      /it rains up\n.*run_fail .*adapter\.mjs:3[\s\S]*Caused by: TypeError: wet/,
    );
    expect(error?.stacktrace).not.toContain('langpacks/javascript/pipe');
  });

  test.each([
    ['a text', `throw 'just words';`, `Thrown, and no Error: 'just words'`],
    ['nothing', 'throw undefined;', 'Thrown, and no Error: undefined'],
  ])('%s may be thrown too', async (_, body, message) => {
    const pipe = new PipeDriver(`export async function run_fail() { ${body} }`);
    await pipe.ready();
    expect((await pipe.run('fail')).error).toEqual({ error_type: 'Error', message });
  });

  test('InvalidInput names the argument, RequestError keeps its status', async () => {
    const adapter = new URL('../../langpacks/javascript/adapter.mjs', import.meta.url).href;
    const pipe = new PipeDriver(`
      import { InvalidInput, RequestError } from '${adapter}';
      export function run_invalid() { throw new InvalidInput('is no image', 'image_url'); }
      export function run_request() { throw new RequestError(404); }`);
    await pipe.ready();
    expect((await pipe.run('invalid')).error).toEqual({
      error_type: 'InvalidInput',
      message: 'is no image',
      errors: [{ path: '/image_url', message: 'is no image' }],
    });
    expect((await pipe.run('request')).error).toMatchObject({ error_type: 'RequestError', status: 404 });
  });

  test('an unknown algorithm is one', async () => {
    const pipe = new PipeDriver('export function run_x() {}');
    await pipe.ready();
    expect((await pipe.run('y')).error?.message).toBe('There is no algorithm named y in this process');
  });

  test('an unhandled rejection ends the process, and stderr says why', async () => {
    const pipe = new PipeDriver(
      `export async function run_x() { Promise.reject(new Error('left alone')); return 1; }`,
    );
    await pipe.ready();
    pipe.send({ id: 'x', algorithm: 'x', args: {} });
    await until('the pipe has ended', () => pipe.exit);
    expect(pipe.exit?.code).toBe(1);
    expect(pipe.stderr).toContain('left alone');
  });
});
