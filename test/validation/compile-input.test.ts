import { describe, expect, it } from 'vitest';
import { RunyardError } from '../../src/errors/index.js';
import type { JsonSchema } from '../../src/protocol/index.js';
import { assertDepth, compileInput, describeFieldErrors } from '../../src/validation/index.js';

function object(properties: Record<string, JsonSchema>, required: string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

describe('compileInput', () => {
  const validate = compileInput(
    object({ image_url: { type: 'string', format: 'uri' }, size: { type: 'integer', minimum: 1 } }, [
      'image_url',
    ]),
  );

  it('finds nothing in arguments that fit', () => {
    expect(validate({ image_url: 'http://a/b.png', size: 3 })).toBeUndefined();
  });

  it('names every field at fault at once', () => {
    expect(validate({ imag_url: 'x', size: 'big' })).toEqual([
      { path: '/image_url', message: 'missing, expected string' },
      { path: '/imag_url', message: 'unknown argument; did you mean "image_url"?' },
      { path: '/size', message: 'expected integer, got string "big"' },
    ]);
  });

  it('says what a bound or format wants and what came', () => {
    expect(validate({ image_url: 'no url', size: 0 })).toEqual([
      { path: '/image_url', message: 'must match format "uri", got string "no url"' },
      { path: '/size', message: 'must be >= 1, got number 0' },
    ]);
  });

  it('gives no suggestion for a name that resembles nothing', () => {
    expect(validate({ image_url: 'http://a', quality: 1 })).toEqual([
      { path: '/quality', message: 'unknown argument' },
    ]);
  });

  it('refuses what is no object', () => {
    expect(validate([1])).toEqual([{ path: '', message: 'expected object, got array of 1' }]);
    expect(validate(null)).toEqual([{ path: '', message: 'expected object, got null' }]);
  });

  it('shortens long values in messages', () => {
    const [error] = validate({ image_url: 'http://a', size: 'x'.repeat(10_000) }) ?? [];
    expect(error?.message.length).toBeLessThan(150);
  });

  it('escapes JSON pointers', () => {
    expect(validate({ image_url: 'http://a', 'a/b~c': 1 })?.[0]?.path).toBe('/a~1b~0c');
  });

  it('names the place inside nested values', () => {
    const nested = compileInput(
      object({ items: { type: 'array', items: object({ name: { type: 'string' } }) } }),
    );
    expect(nested({ items: [{ name: 'a' }, { name: 3, nam: 1 }] })).toEqual([
      { path: '/items/1/nam', message: 'unknown field; did you mean "name"?' },
      { path: '/items/1/name', message: 'expected string, got number 3' },
    ]);
  });

  it('lets a repeated field name through only once', () => {
    const errors = validate({ image_url: 1 });
    expect(errors?.filter((error) => error.path === '/image_url')).toHaveLength(1);
  });

  it('ignores vendor keywords', () => {
    expect(
      compileInput(object({ when: { type: 'string', 'x-type': 'date' } }))({ when: 'now' }),
    ).toBeUndefined();
  });

  it('keeps two schemas with one $id apart', () => {
    const first = compileInput({ $id: 'x', type: 'string' });
    const second = compileInput({ $id: 'x', type: 'number' });
    expect([first('a'), second(1)]).toEqual([undefined, undefined]);
  });

  it('refuses a schema that cannot be compiled', () => {
    expect(() => compileInput({ $ref: '#/$defs/nowhere' })({})).toThrow(RunyardError);
  });

  it('survives input nested deeper than the stack', () => {
    const tree = compileInput({
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      ...(object({ root: { $ref: '#/$defs/node' } }) as object),
    });
    let root = {};
    for (let level = 0; level < 50_000; level += 1) root = { next: root };
    expect(tree({ root })?.[0]?.message).toContain('at most 200 levels');
  });
});

describe('unions', () => {
  const shapes = compileInput({
    $defs: {
      circle: object({ kind: { const: 'circle' }, radius: { type: 'number' } }, ['kind', 'radius']),
      square: object({ kind: { const: 'square' }, side: { type: 'number' } }, ['kind', 'side']),
    },
    ...(object({
      shape: { anyOf: [{ $ref: '#/$defs/circle' }, { $ref: '#/$defs/square' }] },
      text: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      colour: { enum: ['red', 'green'] },
    }) as object),
  });

  it('says in one sentence what is possible', () => {
    expect(shapes({ text: 5, colour: 'blue' })).toEqual([
      { path: '/text', message: 'expected string or null, got number 5' },
      { path: '/colour', message: 'expected one of "red", "green", got string "blue"' },
    ]);
  });

  it('names the faults inside the branch that was meant', () => {
    expect(shapes({ shape: { kind: 'square', side: 'long' } })).toEqual([
      { path: '/shape/side', message: 'expected number, got string "long"' },
    ]);
  });

  it('names the alternatives when the value is none of them', () => {
    expect(shapes({ shape: 'round' })).toEqual([
      { path: '/shape', message: 'expected circle or square, got string "round"' },
    ]);
  });

  it('looks only at the branch a discriminator names', () => {
    const tagged = compileInput({
      type: 'object',
      discriminator: { propertyName: 'kind' },
      required: ['kind'],
      oneOf: [
        { properties: { kind: { const: 'a' }, x: { type: 'number' } }, required: ['x'] },
        { properties: { kind: { const: 'b' }, y: { type: 'number' } }, required: ['y'] },
      ],
    });
    expect(tagged({ kind: 'b' })).toEqual([{ path: '/y', message: 'missing, expected number' }]);
  });

  describe('with a discriminator, as TypeScript and pydantic write them', () => {
    const pets = compileInput({
      $defs: {
        cat: object({ kind: { const: 'cat' }, lives: { type: 'integer' } }, ['kind', 'lives']),
        dog: object({ kind: { const: 'dog' }, name: { type: 'string' } }, ['kind', 'name']),
      },
      ...(object({
        pet: {
          discriminator: { propertyName: 'kind', mapping: { cat: '#/$defs/cat', dog: '#/$defs/dog' } },
          oneOf: [{ $ref: '#/$defs/cat' }, { $ref: '#/$defs/dog' }],
        },
      }) as object),
    });

    it('take what fits', () => {
      expect(pets({ pet: { kind: 'dog', name: 'Rex' } })).toBeUndefined();
    });

    it.each(['cat', 5, null, [{ kind: 'cat', lives: 9 }]])('refuse %j, which is no object', (pet) => {
      expect(pets({ pet })).toMatchObject([{ path: '/pet' }]);
    });

    it('name the faults of the kind that was meant, however many there are', () => {
      expect(pets({ pet: { kind: 'dog', nam: 'Rex', colour: 3 } })).toEqual([
        { path: '/pet/name', message: 'missing, expected string' },
        { path: '/pet/nam', message: 'unknown field; did you mean "name"?' },
        { path: '/pet/colour', message: 'unknown field' },
      ]);
    });

    it('name the possible kinds', () => {
      const expected = (got: string): object[] => [
        { path: '/pet/kind', message: `expected one of "cat", "dog", got ${got}` },
      ];
      expect(pets({ pet: { kind: 'cow', name: 'Rex' } })).toEqual(expected('string "cow"'));
      expect(pets({ pet: {} })).toEqual(expected('nothing'));
    });
  });

  it('say what is wrong with a value of the right type', () => {
    const when = compileInput(
      object({ when: { anyOf: [{ type: 'string', format: 'date-time' }, { type: 'null' }] } }),
    );
    expect(when({ when: 'today' })).toEqual([
      { path: '/when', message: 'must match format "date-time", got string "today"' },
    ]);
    expect(when({ when: 5 })).toEqual([{ path: '/when', message: 'expected string or null, got number 5' }]);
  });
});

describe('describeFieldErrors', () => {
  it('lists every field in one text', () => {
    const text = describeFieldErrors([
      { path: '/a', message: 'missing' },
      { path: '/b/0', message: 'unknown field' },
      { path: '', message: 'expected object' },
    ]);
    expect(text).toBe('a: missing; b/0: unknown field; input: expected object');
  });
});

describe('assertDepth', () => {
  it('lets 200 levels through and refuses 201, and cycles', () => {
    const nest = (levels: number): unknown => (levels === 0 ? 1 : [nest(levels - 1)]);
    expect(() => assertDepth(nest(200))).not.toThrow();
    expect(() => assertDepth(nest(201))).toThrow(RunyardError);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => assertDepth(cycle)).toThrow('at most 200 levels');
  });
});
