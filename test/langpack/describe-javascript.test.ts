import { describe, expect, test } from 'vitest';
import { argument, describeFiles } from './made-project.js';

const jsdoc = describeFiles({
  'runner_adapter.js': `
    /**
     * Adds two numbers.
     * @param {number} a - the first {@minimum 0}
     * @param {number} [b=2] the second
     * @returns {number} the sum {@minimum 0}
     */
    export function run_add(a, b = 2) { return a + b; }

    /**
     * @typedef {object} Options
     * @property {string} name - whom to greet {@maxLength 9}
     * @property {number} [age]
     * @property {Date} when
     */
    /** @typedef {'loud' | 'soft'} Voice */

    /**
     * @param {Options} options
     * @param {Voice} [voice]
     * @param {Buffer | null} picture
     * @param {import('runyard/adapter').Context} context
     */
    export async function run_greet(options, voice, picture, context) { context.log(options.name); return options; }

    export function run_untyped(a, b = 'x', c = 1, d = [], ctx) { return a; }
    export const run_destructured = ({ a, b = 2 }, ctx) => a;
    export function* run_stream(n) { for (let i = 0; i < n; i += 1) yield i; }
    /** @param {{ text: string }[]} items */
    export function batch_length(items) { return items.map((item) => item.text.length); }
    export const limits = { add: { timeoutMs: 60 * 1000 } };
  `,
});

const COMMON_JS = {
  'exports by name': `
    const path = require('node:path');
    /** Doubles. @param {number} n */
    exports.run_double = (n) => n * 2;
    exports.runCamelCase = async function (a, b = 3) { return path.join(a, String(b)); };
    exports.limits = { double: { timeoutMs: 100 } };`,
  'one object': `
    /** @param {number} n */
    function run_double(n) { return n * 2; }
    const limits = { double: { timeoutMs: 100 } };
    module.exports = { run_double, runCamelCase: (a, b = 3) => a, limits };`,
};
const commonJs = Object.entries(COMMON_JS).map(
  ([name, source]) => [name, describeFiles({ 'runner_adapter.js': source })] as const,
);
const cjs = describeFiles({ 'runner_adapter.cjs': COMMON_JS['one object'] });

describe('JavaScript', () => {
  test('is described by its JSDoc comments', async () => {
    const { add, greet } = await jsdoc;
    expect(add).toEqual({
      name: 'add',
      description: 'Adds two numbers.',
      mode: 'unary',
      input: {
        type: 'object',
        properties: {
          a: { type: 'number', description: 'the first', minimum: 0 },
          b: { type: 'number', description: 'the second', default: 2 },
        },
        required: ['a'],
        additionalProperties: false,
      },
      output: { type: 'number', description: 'the sum', minimum: 0 },
      limits: { timeoutMs: 60_000 },
    });
    expect(argument(greet, 'options')).toEqual({
      type: 'object',
      properties: {
        name: { type: 'string', description: 'whom to greet', maxLength: 9 },
        age: { type: 'number' },
        when: { type: 'string', format: 'date-time', 'x-type': 'date' },
      },
      required: ['name', 'when'],
      additionalProperties: false,
    });
    expect(argument(greet, 'voice')).toEqual({ type: 'string', enum: ['loud', 'soft'] });
    expect(greet?.input).toMatchObject({ required: ['options', 'picture'] });
  });

  test('without types takes what defaults tell, and else any value', async () => {
    const { untyped, destructured, stream } = await jsdoc;
    expect(untyped).toEqual({
      name: 'untyped',
      mode: 'unary',
      input: {
        type: 'object',
        properties: {
          a: {},
          b: { type: 'string', default: 'x' },
          c: { type: 'number', default: 1 },
          d: { type: 'array', items: {}, default: [] },
        },
        required: ['a'],
        additionalProperties: false,
      },
      limits: {},
    });
    expect(destructured?.input).toMatchObject({
      properties: { a: {}, b: { type: 'number', default: 2 } },
      required: ['a'],
    });
    expect(stream).toMatchObject({ mode: 'stream', output: { type: 'number' } });
  });

  test('has batches too', async () => {
    const { length } = await jsdoc;
    expect(length).toMatchObject({
      mode: 'batch',
      input: { properties: { text: { type: 'string' } } },
      output: { type: 'number' },
    });
  });

  test.each(commonJs)('may be CommonJS with %s', async (_, described) => {
    const { double, camel_case: camelCase } = await described;
    expect(double).toMatchObject({
      input: { properties: { n: { type: 'number' } } },
      limits: { timeoutMs: 100 },
    });
    expect(camelCase?.input).toMatchObject({
      properties: { a: {}, b: { type: 'number', default: 3 } },
      required: ['a'],
    });
  });

  test('may be a .cjs file', async () => {
    expect(Object.keys(await cjs).sort()).toEqual(['camel_case', 'double']);
  });
});
