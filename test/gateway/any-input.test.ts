import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/protocol/index.js';
import { openGateway, type TestGateway } from './test-gateway.js';

/** A classic algorithm takes anything. */
const classic: Descriptor = { name: 'ann/hello', input: true, mode: 'unary', limits: {} };

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway();
  gateway.offer('r2', classic);
});

afterEach(() => gateway.close());

function post(path: string, body: string | Buffer, type: string, more = {}): Promise<Response> {
  const headers = { 'content-type': type, ...more };
  return fetch(`${gateway.url}${path}`, { method: 'POST', body, headers });
}

describe('an algorithm that takes any value', () => {
  const values = ['text', '', 12, 0, true, false, null, [1, 'two'], { three: 3 }];

  it.each(values)('is run with %j', async (value) => {
    const response = await post('/run/ann/hello', JSON.stringify(value), 'application/json');
    expect([response.status, await response.json()]).toEqual([200, { result: value }]);
    expect(gateway.dispatcher.requests[0]?.contentType).toBeUndefined();
  });

  it('is run with a text that is no JSON', async () => {
    const response = await post('/run/ann/hello', 'ünd\n', 'text/plain; charset=utf-8');
    expect(await response.json()).toEqual({ result: 'ünd\n' });
    expect(gateway.dispatcher.requests[0]).toMatchObject({ args: 'ünd\n', contentType: 'text' });
  });

  it.each([
    ['as they are', {}, Buffer.from([0, 255, 10])],
    ['in base64', { 'content-encoding': 'base64' }, 'AP8K\n'],
  ])('is run with bytes %s', async (_how, headers, body) => {
    const response = await post('/run/ann/hello', body, 'application/octet-stream', headers);
    expect(await response.json()).toEqual({ result: { $binary: 'AP8K' } });
  });

  it.each([
    ['application/json', '', 422],
    ['application/json', '{', 422],
    ['application/xml', '<a/>', 415],
  ])('is not run with %s %j', async (type, body, status) => {
    expect((await post('/run/ann/hello', body, type)).status).toBe(status);
  });

  it.each(values)('takes the task %j, keeps it, and can be redriven with another', async (payload) => {
    const body = JSON.stringify({ algorithm: 'ann/hello', payload, idempotencyKey: 'once' });
    const response = await post('/tasks', body, 'application/json');
    expect(response.status).toBe(202);
    const { id } = (await response.json()) as { id: string };
    expect((await gateway.store.get(id))?.payload).toEqual(payload);
    expect((await post('/tasks', body, 'application/json')).status).toBe(200);
    await post(`/tasks/${id}/cancel`, '{}', 'application/json');
    const redriven = await post(`/tasks/${id}/redrive`, '{"payload":false}', 'application/json');
    expect(redriven.status).toBe(202);
    expect((await gateway.store.get(id))?.payload).toBe(false);
  });

  it('is described with every kind of body', async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      paths: Record<string, { post: { requestBody: { content: object } } }>;
    };
    const bodies = (path: string): string[] =>
      Object.keys(document.paths[path]?.post.requestBody.content ?? {});
    expect(bodies('/run/ann/hello')).toEqual(['application/json', 'text/plain', 'application/octet-stream']);
    expect(bodies('/run/echo')).toEqual(['application/json']);
    expect(await (await fetch(`${gateway.url}/schemas`)).json()).toMatchObject({
      'ann/hello': { title: 'AlgorithmRequestModel_ann/hello' },
      echo: { type: 'object' },
    });
  });
});

describe('an algorithm that takes arguments', () => {
  it.each([
    ['application/json', '"text"', 422, 'malformed_body'],
    ['application/json', '[]', 422, 'malformed_body'],
    ['application/json', 'null', 422, 'malformed_body'],
    ['text/plain', 'text', 415, 'unsupported_media_type'],
    ['application/octet-stream', 'x', 415, 'unsupported_media_type'],
  ])('is not run with %s %s', async (type, body, status, code) => {
    const response = await post('/run/echo', body, type);
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    expect(gateway.dispatcher.requests).toEqual([]);
  });

  it.each(['"text"', '[]', 'null', '7'])('takes no task %s', async (payload) => {
    for (const algorithm of ['echo', 'unknown']) {
      const response = await post(
        '/tasks',
        `{"algorithm":"${algorithm}","payload":${payload}}`,
        'application/json',
      );
      expect([response.status, await response.json()]).toMatchObject([
        400,
        { code: 'malformed_request', errors: [{ path: '/payload' }] },
      ]);
    }
  });
});
