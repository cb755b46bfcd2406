import { beforeAll, describe, expect, test } from 'vitest';
import type { Descriptor } from '../../src/protocol/index.js';
import { argument, describeFiles } from './made-project.js';

const bytes = {
  type: 'object',
  properties: { $binary: { type: 'string', contentEncoding: 'base64' } },
  required: ['$binary'],
  additionalProperties: false,
  'x-type': 'bytes',
};
const date = { type: 'string', format: 'date-time', 'x-type': 'date' };

/** One function per line; each takes one argument `x` of the type, and gives it back. */
const TYPES: [name: string, type: string, schema: object][] = [
  ['text', 'string', { type: 'string' }],
  ['number', 'number', { type: 'number' }],
  ['truth', 'boolean', { type: 'boolean' }],
  ['nothing', 'null', { type: 'null' }],
  ['maybe', 'string | null', { anyOf: [{ type: 'string' }, { type: 'null' }] }],
  [
    'either',
    'boolean | string | number',
    { anyOf: [{ type: 'boolean' }, { type: 'string' }, { type: 'number' }] },
  ],
  ['literal', `'on'`, { type: 'string', const: 'on' }],
  ['literals', `'b' | 'a' | 'c'`, { type: 'string', enum: ['b', 'a', 'c'] }],
  [
    'mixed',
    `'auto' | 1 | 2.5 | null`,
    { anyOf: [{ type: 'string', const: 'auto' }, { type: 'number', enum: [1, 2.5] }, { type: 'null' }] },
  ],
  ['numbers', '1 | 2 | 3', { type: 'integer', enum: [1, 2, 3] }],
  ['textEnum', 'Colour', { type: 'string', enum: ['red', 'green'], description: 'What it looks like.' }],
  ['numberEnum', 'Level', { type: 'integer', enum: [0, 1, 5] }],
  ['member', 'Colour.Red', { type: 'string', const: 'red' }],
  ['list', 'string[]', { type: 'array', items: { type: 'string' } }],
  [
    'frozen',
    'readonly (readonly number[])[]',
    { type: 'array', items: { type: 'array', items: { type: 'number' } } },
  ],
  [
    'pair',
    '[string, number]',
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      items: false,
      minItems: 2,
      maxItems: 2,
    },
  ],
  [
    'open',
    '[string, number?, ...boolean[]]',
    {
      type: 'array',
      prefixItems: [{ type: 'string' }, { type: 'number' }],
      items: { type: 'boolean' },
      minItems: 1,
    },
  ],
  ['record', 'Record<string, number>', { type: 'object', additionalProperties: { type: 'number' } }],
  [
    'keyed',
    `Record<'left' | 'right', number>`,
    {
      type: 'object',
      properties: { left: { type: 'number' }, right: { type: 'number' } },
      required: ['left', 'right'],
      additionalProperties: false,
    },
  ],
  [
    'numbered',
    'Record<number, string>',
    { type: 'object', patternProperties: { '^-?\\d+$': { type: 'string' } }, additionalProperties: false },
  ],
  [
    'indexed',
    '{ id: string; [key: string]: string }',
    {
      type: 'object',
      properties: { id: { type: 'string' } },
      required: ['id'],
      additionalProperties: { type: 'string' },
    },
  ],
  [
    'object',
    '{ a: string; b?: number; c: string | undefined }',
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' }, c: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    },
  ],
  [
    'partial',
    'Partial<Pick<Person, "name" | "age">>',
    {
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'number' } },
      additionalProperties: false,
    },
  ],
  [
    'required',
    'Required<{ a?: string }>',
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false },
  ],
  [
    'merged',
    '{ a: string } & { b: number }',
    {
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' } },
      required: ['a', 'b'],
      additionalProperties: false,
    },
  ],
  ['branded', `string & { __brand: 'id' }`, { type: 'string' }],
  [
    'generic',
    'Page<string>',
    {
      type: 'object',
      properties: {
        items: { type: 'array', items: { type: 'string' } },
        next: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      },
      required: ['items', 'next'],
      additionalProperties: false,
    },
  ],
  [
    'template',
    '`id-${number}.${string}`',
    { type: 'string', pattern: '^id--?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\.[\\s\\S]*$' },
  ],
  ['keyof', 'keyof { a: 1; b: 2 }', { type: 'string', enum: ['a', 'b'] }],
  ['date', 'Date', date],
  ['dates', 'Date[] | null', { anyOf: [{ type: 'array', items: date }, { type: 'null' }] }],
  ['buffer', 'Buffer', bytes],
  ['bytes', 'Uint8Array', bytes],
  ['raw', 'ArrayBuffer', bytes],
  [
    'big',
    'bigint',
    { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?\\d+$' }], 'x-type': 'bigint' },
  ],
  ['unknown', 'unknown', {}],
  ['any', 'any', {}],
  ['anyObject', 'object', { type: 'object' }],
  [
    'plainClass',
    'Point',
    {
      type: 'object',
      properties: { x: { type: 'number' }, y: { type: 'number' } },
      required: ['x', 'y'],
      additionalProperties: false,
    },
  ],
];
const DECLARATIONS = `
  /** What it looks like. */
  export enum Colour { Red = 'red', Green = 'green' }
  export enum Level { Low, High, Top = 5 }
  export interface Person { name: string; age: number; secret: string }
  export interface Page<T> { items: T[]; next: string | null }
  export class Point { x = 0; y = 0 }
`;

// All projects are described at once: those that share a compiler process share its start.
const functions = TYPES.map(
  ([name, type]) => `export function run_${name}(x: ${type}): { x: ${type} } { return { x }; }`,
);
const types = describeFiles({
  'runner_adapter.ts': `import { Colour, Level, Point, type Page, type Person } from './types.js';\n${functions.join('\n')}`,
  'types.ts': DECLARATIONS,
});

describe('a type', () => {
  let described: Record<string, Descriptor>;

  beforeAll(async () => {
    described = await types;
  });
  test.each(TYPES)('%s: %s', (name, _, schema) => {
    expect(argument(described[name], 'x')).toEqual(schema);
    expect(described[name]?.output).toEqual({
      type: 'object',
      properties: { x: schema },
      required: ['x'],
      additionalProperties: false,
    });
  });
});

const recursive = describeFiles(`
      /** A branch or a leaf. */
      interface Tree { value: number; children: Tree[] }
      type Json = string | null | Json[] | { [key: string]: Json };
      interface Size { width: number }
      export function run_tree(tree: Tree): number { return tree.value; }
      export function run_json(value: Json): Json { return value; }
      /** How much. */
      enum Level { Low, High }
      export function run_optional(json?: Json, level?: Level, depth?: Level | null) {}
      export function run_twice(a: Size, b: Size) { return [a, b]; }`);
const unions = describeFiles(`
      interface Circle { kind: 'circle'; radius: number }
      interface Square { kind: 'square'; side: number }
      export function run_draw(shape: Circle | Square): void {}`);

describe('types that repeat or contain themselves', () => {
  test('are defined once and referred to', async () => {
    const { tree, json, twice, optional } = await recursive;
    expect(tree?.input).toEqual({
      type: 'object',
      properties: { tree: { $ref: '#/$defs/Tree' } },
      required: ['tree'],
      additionalProperties: false,
      $defs: {
        Tree: {
          type: 'object',
          description: 'A branch or a leaf.',
          properties: {
            value: { type: 'number' },
            children: { type: 'array', items: { $ref: '#/$defs/Tree' } },
          },
          required: ['value', 'children'],
          additionalProperties: false,
        },
      },
    });
    expect(json?.output).toEqual({
      $ref: '#/$defs/Json',
      $defs: {
        Json: {
          anyOf: [
            { type: 'string' },
            { type: 'null' },
            { type: 'array', items: { $ref: '#/$defs/Json' } },
            { $ref: '#/$defs/Object' },
          ],
        },
        Object: { type: 'object', additionalProperties: { $ref: '#/$defs/Json' } },
      },
    });
    expect(argument(optional, 'json')).toEqual({ $ref: '#/$defs/Json' });
    expect(argument(optional, 'level')).toEqual({ type: 'integer', enum: [0, 1], description: 'How much.' });
    expect(argument(optional, 'depth')).toEqual({
      anyOf: [{ type: 'integer', enum: [0, 1] }, { type: 'null' }],
    });
    expect(argument(twice, 'a')).toEqual({ $ref: '#/$defs/Size' });
    expect(twice?.output).toEqual({
      type: 'array',
      items: {
        type: 'object',
        properties: { width: { type: 'number' } },
        required: ['width'],
        additionalProperties: false,
      },
    });
  });

  test('unions told apart by a text name the property that does it', async () => {
    const { draw } = await unions;
    expect(argument(draw, 'shape')).toMatchObject({
      oneOf: [{ properties: { kind: { const: 'circle' } } }, { properties: { kind: { const: 'square' } } }],
      discriminator: { propertyName: 'kind' },
    });
    expect(draw?.output).toEqual({ type: 'null' });
  });
});
