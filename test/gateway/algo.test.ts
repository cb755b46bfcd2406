import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Descriptor } from '../../src/protocol/index.js';
import { fail, succeed, untilCancelled } from './scripted-dispatcher.js';
import { apiKey, openGateway, type TestGateway } from './test-gateway.js';

const classic: Descriptor = { name: 'ann/hello', input: true, mode: 'unary', limits: {} };

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway();
  gateway.offer('r2', classic);
});
afterEach(() => gateway.close());

async function call(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<[number, unknown]> {
  const response = await gateway.fetch(path, { method: 'POST', headers, body });
  return [response.status, await response.json()];
}

const RESULT = { duration: 0.001 };

describe('POST /v1/algo/{user}/{name}', () => {
  it.each(['/v1/algo/ann/hello', '/v1/algo/ann/hello/1.0.3'])('%s runs a classic algorithm', async (path) => {
    expect(await call(path, '"algorithmia"')).toEqual([
      200,
      { result: 'algorithmia', metadata: { ...RESULT, content_type: 'text' } },
    ]);
    expect(gateway.dispatcher.requests[0]).toMatchObject({ algorithm: 'ann/hello', args: 'algorithmia' });
  });

  it('gives the result exactly as the child wrote it', async () => {
    gateway.dispatcher.script = async () => succeed('{"b": 1.0,"a":12345678901234567890}');
    const response = await gateway.post('/v1/algo/ann/hello', '1');
    expect(await response.text()).toBe(
      '{"result":{"b": 1.0,"a":12345678901234567890},"metadata":{"duration":0.001,"content_type":"json"}}',
    );
  });

  it.each([
    ['text/plain', 'täxt', { args: 'täxt', contentType: 'text' }, 'täxt', 'text'],
    ['application/octet-stream', Buffer.from([0, 255]), { args: { $binary: 'AP8=' } }, 'AP8=', 'binary'],
  ])('takes %s, and says what came of it', async (type, body, run, result, contentType) => {
    expect(await call('/v1/algo/ann/hello', body, { 'content-type': type })).toEqual([
      200,
      { result, metadata: { ...RESULT, content_type: contentType } },
    ]);
    expect(gateway.dispatcher.requests[0]).toMatchObject(run);
  });

  it('runs a typed algorithm with an object of arguments, whatever the user', async () => {
    expect(await call('/v1/algo/anybody/echo', '{"text":"hi"}')).toEqual([
      200,
      { result: { text: 'hi' }, metadata: { ...RESULT, content_type: 'json' } },
    ]);
    expect((await call('/v1/algo/vision/ocr', '{"image_url":"http://x"}'))[0]).toBe(200);
    expect(gateway.dispatcher.requests.map(({ algorithm }) => algorithm)).toEqual(['echo', 'vision/ocr']);
  });

  it('answers what the algorithm raised, as it always was, with 200', async () => {
    gateway.dispatcher.script = async () =>
      fail('algorithm_error', { message: 'no', errorType: 'ValueError', stacktrace: 'at x' });
    expect(await call('/v1/algo/ann/hello', '1')).toEqual([
      200,
      { error: { message: 'no', error_type: 'ValueError', stacktrace: 'at x' }, metadata: RESULT },
    ]);
    gateway.dispatcher.script = async () => fail('timeout', { class: 'timeout', message: 'too long' });
    expect(await call('/v1/algo/ann/hello', '1')).toMatchObject([
      200,
      { error: { error_type: 'TimeoutError' } },
    ]);
  });

  it('answers what no algorithm is to blame for with its own status', async () => {
    const refused = { error: { error_type: 'SystemError' } };
    expect(await call('/v1/algo/ann/nothing', '1')).toMatchObject([422, refused]);
    expect(await call('/v1/algo/anybody/echo', '"no object"')).toMatchObject([422, refused]);
    expect(await call('/v1/algo/ann/hello', '{')).toMatchObject([422, refused]);
    expect(await call('/v1/algo/ann/hello', 'x', { 'content-type': 'text/html' })).toMatchObject([
      415,
      refused,
    ]);
    expect(await call('/v1/algo/ann/hello?timeout=soon', '1')).toMatchObject([400, refused]);
    gateway.dispatcher.script = async () => fail('no_runner', { class: 'busy', retryAfterMs: 1500 });
    const response = await gateway.post('/v1/algo/ann/hello', '1');
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await response.json()).toMatchObject(refused);
  });

  it('hands on the time limit its clients give in seconds, depth and trace', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = { 'content-type': 'application/json', 'x-call-depth': '2', traceparent };
    await call('/v1/algo/ann/hello?timeout=2.5&stdout=false', '1', headers);
    expect(gateway.dispatcher.requests[0]).toMatchObject({ timeoutMs: 2500, depth: 2, traceparent });
    const [, refused] = await call('/v1/algo/ann/hello', '1', { ...headers, 'x-call-depth': '9' });
    expect(JSON.stringify(refused)).toMatch(/"message":"[^"]*deep[^"]*","error_type":"SystemError"/);
  });

  it('cancels the run of a caller that goes away', async () => {
    let wasCancelled = false;
    gateway.dispatcher.script = async (request, hooks) => {
      const outcome = await untilCancelled(request, hooks);
      wasCancelled = true;
      return outcome;
    };
    const gone = gateway.fetch('/v1/algo/ann/hello', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '1',
      signal: AbortSignal.timeout(200),
    });
    await expect(gone).rejects.toThrow();
    await expect.poll(() => wasCancelled).toBe(true);
  });

  it('knows keys as clients of that API present them', async () => {
    await gateway.close();
    gateway = await openGateway({ apiKeys: [apiKey('bob', 'sim-key')] });
    gateway.offer('r2', classic);
    const headers = { 'content-type': 'application/json' };
    expect(await call('/v1/algo/ann/hello', '1', headers)).toMatchObject([401, {}]);
    expect((await call('/v1/algo/ann/hello', '1', { ...headers, authorization: 'Simple sim-key' }))[0]).toBe(
      200,
    );
  });
});
