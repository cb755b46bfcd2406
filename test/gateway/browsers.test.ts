import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewayOptions } from '../../src/gateway/index.js';
import { apiKey, createTestGateway, openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;
afterEach(() => gateway.close());

/** A request whose Host header is the test's: fetch would not send it. */
function statusFor(host: string, path = '/algorithms'): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(gateway.url + path, { headers: { host }, agent: false });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

describe('a gateway on loopback without keys', () => {
  it.each([
    ['localhost', 200],
    ['LOCALHOST:8080', 200],
    ['yard.localhost', 200],
    ['127.0.0.1:1234', 200],
    ['127.5.5.5', 200],
    ['[::1]:8080', 200],
    ['evil.example', 403],
    ['evil.example:8080', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['10.0.0.1', 403],
  ])('answers to the name "%s" with %i, so that no rebound page can use it', async (host, status) => {
    gateway = await openGateway();
    expect(await statusFor(host)).toBe(status);
    expect(await statusFor(host, '/health')).toBe(status);
  });

  it('answers to names it was told', async () => {
    gateway = await openGateway({ allowedHosts: ['Yard.Example'] });
    expect(await statusFor('yard.example:8080')).toBe(200);
    expect(await statusFor('evil.example')).toBe(403);
  });

  it('says how to allow a name', async () => {
    gateway = await openGateway({ allowedHosts: [] });
    const response = await gateway.app.inject({ url: '/algorithms', headers: { host: 'evil.example' } });
    expect(response.json()).toMatchObject({
      code: 'forbidden',
      detail: expect.stringContaining('gateway.allowedHosts') as string,
    });
  });
});

describe('a gateway that cannot be rebound to', () => {
  it.each<[string, Partial<GatewayOptions>, string]>([
    ['with keys', { apiKeys: [apiKey('a', 'k')] }, '127.0.0.1'],
    ['on every address', {}, '0.0.0.0'],
  ])('answers to any name: %s', async (_what, options, host) => {
    gateway = await (await createTestGateway(options)).listen(host);
    expect(await statusFor('yard.example', '/health')).toBe(200);
  });
});

describe('a page of another site', () => {
  const write = (headers: Record<string, string>) =>
    gateway.fetch('/tasks/x/cancel', { method: 'POST', headers });

  it.each([
    ['says so', { 'sec-fetch-site': 'cross-site' }],
    [
      'is on another port of this machine',
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' },
    ],
    ['has another origin, in an older browser', { origin: 'https://evil.example' }],
    ['hides its origin', { origin: 'null' }],
  ])('may change nothing when it %s', async (_how, headers) => {
    gateway = await openGateway();
    expect(await problemOf(await write(headers))).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await gateway.fetch('/health', { headers })).status).toBe(200);
  });

  it('is told apart from the gateway’s own and from programs', async () => {
    gateway = await openGateway();
    for (const headers of [
      {},
      { 'sec-fetch-site': 'same-origin', origin: 'https://proxy.example' },
      { 'sec-fetch-site': 'none' },
      { origin: gateway.url },
    ]) {
      expect((await write(headers)).status).toBe(404);
    }
  });

  it('gets no leave to read anything by default', async () => {
    gateway = await openGateway();
    const response = await gateway.fetch('/algorithms', { headers: { origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = await gateway.fetch('/tasks', {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('an allowed origin', () => {
  const origin = 'https://app.example';
  const open = () => openGateway({ cors: { origins: [origin] }, apiKeys: [apiKey('a', 'k')] });

  it('is answered before it shows a key, and may write with one', async () => {
    gateway = await open();
    const preflight = await gateway.fetch('/tasks', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(origin);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const headers = { origin, 'sec-fetch-site': 'cross-site', authorization: 'Bearer k' };
    const response = await gateway.post('/run/echo', { text: 'hi' }, headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Request-Id');
  });

  it('may read problems and events too', async () => {
    gateway = await open();
    const refused = await gateway.fetch('/tasks', { headers: { origin } });
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
    const { id } = await gateway.submit();
    await gateway.tasks.cancel(id);
    const events = await gateway.fetch(`/tasks/${id}/events`, {
      headers: { origin, authorization: 'Bearer k' },
    });
    expect(events.headers.get('access-control-allow-origin')).toBe(origin);
    await events.text();
  });

  it('is not extended to others', async () => {
    gateway = await open();
    const headers = {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
      authorization: 'Bearer k',
    };
    const response = await gateway.post('/run/echo', { text: 'hi' }, headers);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  it('can be every origin', async () => {
    gateway = await openGateway({ cors: { origins: ['*'] } });
    const headers = { origin: 'https://any.example', 'sec-fetch-site': 'cross-site' };
    const response = await gateway.post('/run/echo', { text: 'hi' }, headers);
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  });
});
