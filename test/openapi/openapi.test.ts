import Fastify from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { buildOpenApi, registerDocs, toRequestModel, type OpenApiDocument } from '../../src/openapi/index.js';
import type { Descriptor, JsonSchema } from '../../src/protocol/index.js';

const algorithm = (name: string, more: Partial<Descriptor> = {}): Descriptor => ({
  name,
  input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  mode: 'unary',
  limits: {},
  ...more,
});

const build = (...algorithms: Descriptor[]): OpenApiDocument =>
  buildOpenApi({ title: 'Test', version: '1', algorithms });

/** Follows a reference of the document the way a reader does. */
function resolve(document: OpenApiDocument, reference: string): unknown {
  return reference
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
}

describe('the document', () => {
  test('each algorithm is an operation with its own schemas', () => {
    const document = build(
      algorithm('ocr', { description: 'Reads text. Slowly.', output: { type: 'number' } }),
    );
    const operation = document.paths['/run/ocr']?.post;
    expect(operation?.summary).toBe('Reads text.');
    const input = operation?.requestBody?.content['application/json']?.schema as { $ref: string };
    expect(resolve(document, input.$ref)).toMatchObject({ required: ['text'] });
    expect(JSON.stringify(operation?.responses['200'])).toContain('#/components/schemas/ocr.output');
  });

  test('references into a schema’s own definitions still lead somewhere', () => {
    const input: JsonSchema = {
      type: 'object',
      properties: {
        node: { $ref: '#/$defs/Node' },
        default: { $ref: '#' },
        old: { $ref: '#/definitions/A~1B' },
      },
      $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
      definitions: { 'A/B': { type: 'integer' } },
    };
    const document = build(algorithm('tree', { input }));
    const references = [...JSON.stringify(document.components.schemas).matchAll(/"\$ref":"([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(3);
    for (const [, reference] of references) expect(resolve(document, reference!), reference).toBeDefined();
    expect(JSON.stringify(document)).not.toMatch(/"#(\/\$defs[^"]*)?"/);
  });

  test('data that looks like a reference is left alone', () => {
    const input: JsonSchema = {
      type: 'object',
      properties: { a: { default: { $ref: '#/$defs/X' } } },
      $defs: { X: true },
    };
    const document = build(algorithm('data', { input }));
    expect(document.components.schemas?.['data.input']).toMatchObject({
      properties: { a: { default: { $ref: '#/$defs/X' } } },
    });
  });

  test('names that become equal stay two schemas', () => {
    const document = build(
      algorithm('a/b', { input: { type: 'object', title: 'first' } }),
      algorithm('a.b', { input: { type: 'object', title: 'second' } }),
    );
    const titles = ['/run/a/b', '/run/a.b'].map((path) => {
      const body = document.paths[path]?.post?.requestBody?.content['application/json'];
      return (resolve(document, (body?.schema as { $ref: string }).$ref) as { title: string }).title;
    });
    expect(titles).toEqual(['first', 'second']);
  });

  test('a stream answers with an array of its chunks', () => {
    const document = build(algorithm('tokens', { mode: 'stream', output: { type: 'string' } }));
    expect(JSON.stringify(document.paths['/run/tokens']?.post?.responses['200'])).toContain(
      '"result":{"type":"array","items":{"$ref":"#/components/schemas/tokens.output"}}',
    );
  });
});

describe('the request model of the original workers', () => {
  test('has its keys in their order, and titles where the schema has none', () => {
    const input = {
      $defs: { Box: { type: 'object' } },
      additionalProperties: false,
      description: 'of the author',
      required: ['image_url'],
      properties: {
        image_url: { type: 'string' },
        maxSIZE2x: { type: 'integer', title: 'kept' },
        HTTPCode_x2y: true,
        box: { $ref: '#/$defs/Box' },
      },
      title: 'replaced',
      type: 'object',
    };
    expect(JSON.stringify(toRequestModel(algorithm('team/ocr', { input })))).toBe(
      JSON.stringify({
        title: 'AlgorithmRequestModel_team/ocr',
        type: 'object',
        properties: {
          image_url: { title: 'Image Url', type: 'string' },
          maxSIZE2x: { type: 'integer', title: 'kept' },
          HTTPCode_x2y: { title: 'Httpcode X2Y' },
          box: { $ref: '#/$defs/Box' },
        },
        required: ['image_url'],
        additionalProperties: false,
        $defs: { Box: { type: 'object' } },
        description: 'of the author',
      }),
    );
  });

  test('has no `required` when nothing is, and no type where any value is taken', () => {
    expect(toRequestModel(algorithm('x', { input: true }))).toEqual({ title: 'AlgorithmRequestModel_x' });
    const input = { type: 'object', properties: {}, required: [] };
    expect(toRequestModel(algorithm('x', { input }))).not.toHaveProperty('required');
  });
});

describe('the page', () => {
  const server = Fastify();
  const served = { algorithms: [algorithm('one')] };
  registerDocs(server, () => build(...served.algorithms));
  afterEach(() => server.close());

  test('page and document come from this server alone and follow what can be run', async () => {
    const page = await server.inject('/docs');
    expect(page.statusCode).toBe(200);
    expect(page.headers['content-security-policy']).toContain("default-src 'self'");
    const html = page.payload;
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
    for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g))
      expect((await server.inject(path!)).statusCode, path).toBe(200);
    served.algorithms = [algorithm('two')];
    const document = (await server.inject('/openapi.json')).json<OpenApiDocument>();
    expect(Object.keys(document.paths)).toEqual(['/run/two']);
    expect((await server.inject('/docs/json')).json()).toEqual(document);
  });
});
