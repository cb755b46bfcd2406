import { describe, expect, test } from 'vitest';
import { toRequestModel } from '../../src/openapi/index.js';
import type { JsonSchema } from '../../src/protocol/index.js';

const modelOf = (input: JsonSchema): JsonSchema =>
  toRequestModel({ name: 'ocr', input, mode: 'unary', limits: {} });

describe('a request model', () => {
  test('has the titles of the original workers', () => {
    const input = {
      type: 'object',
      properties: { image_url: { type: 'string' } },
      required: ['image_url'],
      additionalProperties: false,
    };
    expect(modelOf(input)).toEqual({
      title: 'AlgorithmRequestModel_ocr',
      type: 'object',
      properties: { image_url: { title: 'Image Url', type: 'string' } },
      required: ['image_url'],
      additionalProperties: false,
    });
  });

  test.each([
    ['imageURL', 'Imageurl'],
    ['x2y_z', 'X2Y Z'],
    ['größe', 'Größe'],
    ['_private', ' Private'],
  ])('writes %s as Python does: %s', (name, title) => {
    expect(modelOf({ type: 'object', properties: { [name]: {} } })).toMatchObject({
      properties: { [name]: { title } },
    });
  });

  test('keeps definitions, own titles and schemas that are mere words, and no empty list of required ones', () => {
    const input = {
      title: 'Mine',
      type: 'object',
      properties: { a: true, b: false, c: { title: 'Own', $ref: '#/$defs/C' } },
      required: [],
      $defs: { C: { type: 'null' } },
    };
    expect(modelOf(input)).toEqual({
      title: 'AlgorithmRequestModel_ocr',
      type: 'object',
      properties: { a: { title: 'A' }, b: false, c: { title: 'Own', $ref: '#/$defs/C' } },
      $defs: { C: { type: 'null' } },
    });
    expect(modelOf(true)).toEqual({ title: 'AlgorithmRequestModel_ocr' });
  });
});
