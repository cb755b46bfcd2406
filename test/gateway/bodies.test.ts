import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway({ bodyLimitBytes: 100_000 });
});
afterAll(() => gateway.close());

const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

describe.each(['/run/echo', '/tasks'])('POST %s refuses', (path) => {
  const cases: [string, string, number, string][] = [
    ['a body that is no JSON', '{"text": "hi"', 422, 'malformed_body'],
    ['an empty body', '', 422, 'malformed_body'],
    ['a text', '"hi"', 422, 'malformed_body'],
    ['null', 'null', 422, 'malformed_body'],
    ['a key that reaches into prototypes', '{"a":{"__proto__":{"x":1}}}', 422, 'malformed_body'],
    ['the same key in disguise', '{"\\u005f_proto__":{"x":1}}', 422, 'malformed_body'],
    ['a prototype by its constructor', '{"constructor":{"prototype":{"x":1}}}', 422, 'malformed_body'],
    ['nesting of 300 levels', deep(300), 400, 'invalid_input'],
    ['nesting of 10000 levels', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`, 400, 'invalid_input'],
    ['a body over the limit', JSON.stringify({ text: 'x'.repeat(100_000) }), 413, 'body_too_large'],
  ];

  it.each(cases)('%s', async (_what, body, status, code) => {
    const response = await gateway.post(path, body);
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({ status, code, detail: expect.any(String) as string });
  });

  it('a body over the limit whose length was not announced', async () => {
    const piece = new TextEncoder().encode(`"${'x'.repeat(60_000)}",`);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(piece);
        controller.close();
      },
    });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    const response = await gateway.fetch(path, init as RequestInit);
    expect(response.status).toBe(413);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
  ])('content type %s, which a page of another site may send unasked', async (type) => {
    const response = await gateway.post(path, '{"text":"hi"}', { 'content-type': type });
    expect(response.status).toBe(415);
    expect(await problemOf(response)).toMatchObject({ code: 'unsupported_media_type' });
  });

  it('a body without a content type', async () => {
    const response = await gateway.fetch(path, {
      method: 'POST',
      body: new TextEncoder().encode('{"text":"hi"}'),
    });
    expect(response.status).toBe(415);
  });
});

describe('POST /run', () => {
  it('refuses an array and no body at all', async () => {
    expect((await gateway.post('/run/echo', '[]')).status).toBe(422);
    expect((await gateway.fetch('/run/echo', { method: 'POST' })).status).toBe(422);
  });

  it('says where the JSON is broken', async () => {
    const { detail } = await problemOf(await gateway.post('/run/echo', '{"text": hi}'));
    expect(detail).toContain('is not valid JSON');
  });

  it('takes nesting within reason, a charset and a key called constructor', async () => {
    for (const body of [deep(100), '{"constructor": "Bauhaus"}']) {
      const response = await gateway.post('/run/echo', body, {
        'content-type': 'application/json; charset=utf-8',
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(`{"result":${JSON.stringify(JSON.parse(body))}}`);
    }
  });
});
