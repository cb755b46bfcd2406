import { beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/protocol/index.js';
import { describeFiles } from './made-project.js';

const shapes = describeFiles({
  'runner_adapter.ts': `
        import type { Context } from 'runyard/adapter';
        import { Level } from './other';
        const LIMIT = 10;
        export { run_elsewhere } from './other';
        export { helper as run_renamed } from './other';
        export const runHTTPRequest2 = async (url: string) => ({ url });
        export const run_run_fast = (a: string) => a;
        export function run_defaults(a = 3, b = -1.5, c = 'x', d = true, e = null as string | null, f = [1, 2], g = { h: LIMIT * 2 }, i = Level.High, j?: Date, k = new Date()) {}
        export function run_destructured({ a, b = 2, c: renamed = 'x' }: { a: string; b?: number; c?: string }, ctx: Context) { ctx.log(a); }
        export function run_context(a: string, other?: Context) { other?.log(a); }
        export function run_bare(ctx: unknown) {}
        export async function* run_async_stream(n: number) { yield { n }; }
        export function* run_stream(n: number): Generator<string, void, unknown> { yield String(n); }
        export const run_promised_stream = async () => (async function* () { yield 1; })();
        export function batch_embed(items: { text: string; model?: string }[]): Promise<(number[] | Error)[]> { return Promise.resolve([]); }
        export function run_fails(): never { throw new Error('always'); }
        export async function run_maybe(): Promise<number | undefined> { return undefined; }
        export const run_id = 'no function';
        export type run_type = string;
        export function helper() {}
        export function setup() {}
      `,
  'other.ts': `
        export enum Level { Low = 'low', High = 'high' }
        /** From elsewhere. */
        export function run_elsewhere(a: string) { return a; }
        export const helper = function (b: number) { return b; };
        export function run_hidden() {}
      `,
});

describe('functions', () => {
  let described: Record<string, Descriptor>;

  beforeAll(async () => {
    described = await shapes;
  });

  test('are algorithms when they are exported and named so, wherever they come from', () => {
    expect(Object.keys(described).sort()).toEqual(
      [
        'async_stream',
        'bare',
        'context',
        'defaults',
        'destructured',
        'elsewhere',
        'embed',
        'fails',
        'http_request2',
      ]
        .concat(['maybe', 'promised_stream', 'renamed', 'run_fast', 'stream'])
        .sort(),
    );
    expect(described['elsewhere']?.description).toBe('From elsewhere.');
  });

  test('have optional arguments where there are defaults, and say them when they are constant', () => {
    const { properties, required } = described['defaults']?.input as {
      properties: Record<string, object>;
      required?: string[];
    };
    expect(required).toBeUndefined();
    const defaults = Object.entries(properties).map(([name, schema]) => [
      name,
      'default' in schema ? schema.default : 'none',
    ]);
    expect(Object.fromEntries(defaults)).toEqual({
      ...{
        a: 3,
        b: -1.5,
        c: 'x',
        d: true,
        e: null,
        f: [1, 2],
        g: { h: 20 },
        i: 'high',
        j: 'none',
        k: 'none',
      },
    });
    expect(properties['i']).toMatchObject({ type: 'string', enum: ['low', 'high'] });
    expect(properties['k']).toMatchObject({ 'x-type': 'date' });
  });

  test('may take their arguments as one object', () => {
    expect(described['destructured']?.input).toEqual({
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { type: 'number', default: 2 },
        c: { type: 'string', default: 'x' },
      },
      required: ['a'],
      additionalProperties: false,
    });
  });

  test('do not show ctx, by its name or by its type', () => {
    expect(described['context']?.input).toMatchObject({
      properties: { a: { type: 'string' } },
      required: ['a'],
    });
    expect(described['bare']?.input).toEqual({ type: 'object', properties: {}, additionalProperties: false });
  });

  test('stream when they give a generator', () => {
    expect(described['async_stream']).toMatchObject({
      mode: 'stream',
      output: { properties: { n: { type: 'number' } } },
    });
    expect(described['stream']).toMatchObject({ mode: 'stream', output: { type: 'string' } });
    expect(described['promised_stream']).toMatchObject({ mode: 'stream', output: { type: 'number' } });
  });

  test('in batches are described by their items', () => {
    expect(described['embed']).toMatchObject({
      mode: 'batch',
      input: {
        properties: { text: { type: 'string' }, model: { type: 'string' } },
        required: ['text'],
        additionalProperties: false,
      },
      output: { type: 'array', items: { type: 'number' } },
    });
  });

  test('have the awaited result as output; undefined is null, and never is nothing', () => {
    expect(described['http_request2']?.output).toMatchObject({ properties: { url: { type: 'string' } } });
    expect(described['maybe']?.output).toEqual({ anyOf: [{ type: 'number' }, { type: 'null' }] });
    expect(described['fails']?.output).toEqual({ not: {} });
  });
});

const documented = describeFiles(`
      /**
       * Between nothing and all.
       * @minimum 0
       * @maximum 1
       */
      type Score = number;
      interface Options { /** @minItems 1 @uniqueItems */ tags: string[]; /** How sure. */ sure?: Score; /** @deprecated @default "x" @examples ["a", "b"] @title Old one */ old?: string }
      /**
       * Finds things.
       *
       * @param query - what to look for {@minLength 1} {@maxLength 99}
       * @returns the scores, best first {@maxItems 9}
       */
      export function run_find(
        query: string,
        /** where to look @format uri */ place: string,
        /** @integer @exclusiveMinimum 0 @multipleOf 5 */ count: number | null,
        /** @pattern \`^[a-z]+@[a-z]{2,}$\` */ mail: string,
        options: Options,
        threshold: Score = 0.5,
      ): Score[] { return []; }`);

describe('doc comments', () => {
  test('become descriptions and constraints, on functions, parameters, properties and aliases', async () => {
    const { find } = await documented;
    expect(find).toMatchObject({
      description: 'Finds things.',
      input: {
        properties: {
          query: { type: 'string', description: 'what to look for', minLength: 1, maxLength: 99 },
          place: { type: 'string', description: 'where to look', format: 'uri' },
          count: { anyOf: [{ type: 'integer', exclusiveMinimum: 0, multipleOf: 5 }, { type: 'null' }] },
          mail: { type: 'string', pattern: '^[a-z]+@[a-z]{2,}$' },
          options: {
            properties: {
              tags: { type: 'array', minItems: 1, uniqueItems: true },
              sure: { type: 'number', minimum: 0, maximum: 1, description: 'How sure.' },
              old: { deprecated: true, default: 'x', examples: ['a', 'b'], title: 'Old one' },
            },
            required: ['tags'],
          },
          threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
        },
        required: ['query', 'place', 'count', 'mail', 'options'],
      },
      output: {
        type: 'array',
        description: 'the scores, best first',
        maxItems: 9,
        items: { type: 'number', minimum: 0, maximum: 1, description: 'Between nothing and all.' },
      },
    });
  });
});
