import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await openGateway({ requestTimeoutMs: 300 });
});
afterAll(() => gateway.close());

/** Writes bytes as they are and gives everything that comes back until the end. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('latin1');
    socket.on('data', (piece) => (answer += String(piece)));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

describe('a path that is not there', () => {
  it('is a problem', async () => {
    const problem = await problemOf(await gateway.fetch('/no/such/thing?x=1'));
    expect(problem).toMatchObject({
      status: 404,
      code: 'not_found',
      detail: expect.stringContaining('/no/such/thing') as string,
    });
  });

  it.each([
    ['GET', '/run/echo', 'POST'],
    ['PUT', '/tasks', 'GET, HEAD, POST'],
    ['DELETE', '/tasks/x', 'GET, HEAD'],
    ['HEAD', '/tasks/x/events', 'GET'],
    ['POST', '/health', 'GET, HEAD'],
    ['PATCH', '/algorithms/vision/ocr', 'GET, HEAD'],
  ])('for %s %s alone says what is: %s', async (method, path, allow) => {
    const response = await gateway.fetch(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(await problemOf(response)).toMatchObject({ code: 'method_not_allowed' });
  });

  it.each([
    ['cannot be decoded', '/run/%E0%A4%A', 400],
    ['has a name without end', `/run/${'x'.repeat(1000)}`, 404],
  ])('because it %s is a problem', async (_what, path, status) => {
    const response = await gateway.fetch(path, { method: 'POST' });
    expect((await problemOf(response))['status']).toBe(status);
  });
});

describe('every answer', () => {
  it.each(['/health', '/docs/', '/no/such/thing'])(
    '%s says its id, and not to guess or frame it',
    async (path) => {
      const { headers } = await gateway.fetch(path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-request-id')).toMatch(/^run-/);
    },
  );
});

describe('a connection is closed with a problem', () => {
  it('when it speaks no HTTP', async () => {
    const answer = await exchange('hello\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 400,
      code: 'malformed_request',
    });
  });

  it('when its headers have no end', async () => {
    expect(await exchange(`GET / HTTP/1.1\r\nx: ${'y'.repeat(100_000)}`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it.each([
    ['headers', 'GET /health HTTP/1.1\r\nhost: local'],
    [
      'body',
      'POST /run/echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"text"',
    ],
  ])('when its %s come too slowly', async (_what, text) => {
    expect(await exchange(text)).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
  });
});
