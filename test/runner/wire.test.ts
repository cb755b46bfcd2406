import { describe, expect, test } from 'vitest';
import { DEPTH_HEADER, type Descriptor } from '../../src/protocol/index.js';
import { createMetrics } from '../../src/telemetry/index.js';
import { failedWith } from '../dispatch/test-yard.js';
import { until } from '../until.js';
import { openRunner, post } from './open-runner.js';
import { ScriptedHost, succeededWith, untilCancelled } from './scripted-host.js';

const imageUrl = (name: string): Partial<Descriptor> => ({
  name,
  input: {
    type: 'object',
    properties: { image_url: { type: 'string' } },
    required: ['image_url'],
    additionalProperties: false,
  },
});

describe('POST /run/{algorithm}', () => {
  test('gives the result as the process wrote it, byte for byte', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    for (const resultJson of ['{"b":1, "a" : 12345678901234567890}', 'null', '"}"', '[1.0, 1e3]']) {
      host.behave = () => succeededWith(resultJson);
      const answer = await post(`${address}/run/echo`, {});
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(`{"result":${resultJson}}`);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('x-runyard-version')).toBe('1.2.3');
      expect(answer.headers.get('x-duration-ms')).toBe('1.500');
    }
  });

  test('takes what the headers say of the run, and names it when they do not', async () => {
    const host = new ScriptedHost({ name: 'team/echo' });
    const { address } = await openRunner(host);
    await post(
      `${address}/run/team/echo`,
      { text: 'é' },
      {
        'content-type': 'application/json; charset=utf-8',
        'x-request-id': 'task-7',
        'x-attempt': '2',
        'x-timeout-ms': '1500',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        [DEPTH_HEADER]: '3',
      },
    );
    expect(host.requests[0]).toEqual({
      id: 'task-7',
      algorithm: 'team/echo',
      args: { text: 'é' },
      attempt: 2,
      timeoutMs: 1500,
      depth: 3,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    await post(`${address}/run/team/echo`, {});
    expect(host.requests[1]!.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(Object.keys(host.requests[1]!)).toEqual(['id', 'algorithm', 'args']);
  });

  test.each([
    ['x-timeout-ms', '0'],
    ['x-timeout-ms', 'soon'],
    ['x-attempt', '1.5'],
    [DEPTH_HEADER, '-1'],
  ])('a header %s of %s is refused by name', async (name, value) => {
    const { address } = await openRunner();
    const answer = await post(
      `${address}/run/echo`,
      {},
      { 'content-type': 'application/json', [name]: value },
    );
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      code: 'malformed_request',
      errors: [{ path: `/headers/${name}` }],
    });
  });

  test('a chain of calls over the limit is refused', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host, { maxDepth: 2 });
    const call = (depth: number) =>
      post(`${address}/run/echo`, {}, { 'content-type': 'application/json', [DEPTH_HEADER]: String(depth) });
    expect((await call(2)).status).toBe(200);
    expect(await call(3)).toMatchObject({ status: 508 });
    expect(host.requests).toHaveLength(1);
  });
});

describe('errors', () => {
  test('an unknown algorithm is a 422 whose detail names the permitted ones', async () => {
    const { address } = await openRunner(new ScriptedHost(imageUrl('meme_classifier'), imageUrl('ocr')));
    const answer = await post(`${address}/run/nope`, { image_url: 'x' });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'unknown_algorithm',
      class: 'busy',
      detail: [
        {
          loc: ['path', 'algorithm'],
          msg: "value is not a valid enumeration member; permitted: 'meme_classifier', 'ocr'",
          type: 'type_error.enum',
          ctx: { enum_values: ['meme_classifier', 'ocr'] },
        },
      ],
    });
  });

  test.each([
    ['an array', '[1]', 'application/json', 'type_error.dict'],
    ['a string', '"text"', 'application/json', 'type_error.dict'],
    ['null', 'null', 'application/json', 'type_error.dict'],
    ['no JSON', '{"image_url"', 'application/json', 'value_error.jsondecode'],
    ['a prototype', '{"__proto__":{"a":1}}', 'application/json', 'value_error.jsondecode'],
    ['nothing', '', 'application/json', 'value_error.missing'],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 'type_error.dict'],
    ['text', '{"image_url":"x"}', 'text/plain', 'type_error.dict'],
  ])('a body that is %s is a 422 with FastAPI’s detail', async (_what, body, type, expected) => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    const answer = await post(`${address}/run/echo`, body, { 'content-type': type });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({
      code: 'malformed_body',
      class: 'invalid',
      detail: [{ type: expected }],
    });
    expect(host.requests).toEqual([]);
  });

  test('a body over the limit is a 413', async () => {
    const { address } = await openRunner(new ScriptedHost({}), { bodyLimitBytes: 100 });
    const answer = await post(`${address}/run/echo`, { text: 'x'.repeat(200) });
    expect(answer.status).toBe(413);
    expect(answer.json()).toMatchObject({ code: 'body_too_large', class: 'invalid' });
  });

  test('what the host says becomes the problem, its status and its Retry-After', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    const ask = async (outcome: ReturnType<typeof failedWith>) => {
      host.behave = () => outcome;
      const answer = await post(`${address}/run/echo`, {});
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.headers.get('x-runyard-version')).toBe('1.2.3');
      return { answer, problem: answer.json() };
    };
    const errors = [
      { path: '/image_url', message: 'missing' },
      { path: '/sise', message: 'unknown' },
    ];
    const text = 'image_url: missing; sise: unknown';
    const invalid = await ask(failedWith('invalid_input', { message: text, errors }));
    expect(invalid.answer.status).toBe(400);
    expect(invalid.problem).toMatchObject({ detail: text, errors, class: 'invalid', status: 400 });
    expect(invalid.answer.headers.get('retry-after')).toBeNull();

    const unfetchable = await ask(
      failedWith('input_unfetchable', {
        message: 'Error fetching request image, received 404',
        stacktrace: 'T',
      }),
    );
    expect(unfetchable.answer.status).toBe(400);
    expect(unfetchable.problem.detail).toBe('Error fetching request image, received 404');

    const traceback = 'Traceback (most recent call last):\n  File "x.py"\nValueError: no';
    const raised = await ask(
      failedWith('algorithm_error', { message: 'no', errorType: 'ValueError', stacktrace: traceback }),
    );
    expect(raised.answer.status).toBe(500);
    expect(raised.problem).toMatchObject({ detail: traceback, message: 'no', errorType: 'ValueError' });

    const busy = await ask(failedWith('busy', { retryAfterMs: 1200 }));
    expect(busy.answer.status).toBe(429);
    expect(busy.answer.headers.get('retry-after')).toBe('2');
    expect(busy.answer.headers.get('x-retry-after-ms')).toBe('1200');

    expect((await ask(failedWith('timeout'))).answer.status).toBe(504);
    const looping = await ask(failedWith('crash_loop'));
    expect(looping.answer.status).toBe(503);
    expect(looping.answer.headers.get('retry-after')).toBe('1');
  });

  test('a host that breaks its promise and rejects is a 500, not a hanging request', async () => {
    const host = new ScriptedHost({});
    host.behave = () => Promise.reject(new Error('broken promise'));
    const { address } = await openRunner(host);
    expect(await post(`${address}/run/echo`, {})).toMatchObject({ status: 500 });
  });

  test('a client that goes away cancels its run', async () => {
    const host = new ScriptedHost({});
    let isCancelled = false;
    host.behave = async (request, hooks) => {
      const outcome = await untilCancelled(request, hooks);
      isCancelled = true;
      return outcome;
    };
    const { address } = await openRunner(host);
    const abort = new AbortController();
    const asking = fetch(`${address}/run/echo`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
      signal: abort.signal,
    });
    await until('the run has begun', () => host.requests.length === 1);
    abort.abort();
    await expect(asking).rejects.toThrow();
    await until('the run is cancelled', () => isCancelled);
  });

  test('a run whose client got its answer is not cancelled afterwards', async () => {
    const host = new ScriptedHost({});
    let isAborted = false;
    host.behave = (_request, { signal }) => {
      signal!.addEventListener('abort', () => (isAborted = true));
      return succeededWith('1');
    };
    const runner = await openRunner(host);
    await post(`${runner.address}/run/echo`, {});
    await runner.close();
    expect(isAborted).toBe(false);
  });
});

describe('documents', () => {
  test('GET /schemas of the printed example is, byte for byte, what the original gives', async () => {
    const { address } = await openRunner(new ScriptedHost(imageUrl('meme_classifier'), imageUrl('ocr')));
    const printed = {
      meme_classifier: {
        title: 'AlgorithmRequestModel_meme_classifier',
        type: 'object',
        properties: { image_url: { title: 'Image Url', type: 'string' } },
        required: ['image_url'],
        additionalProperties: false,
      },
      ocr: {
        title: 'AlgorithmRequestModel_ocr',
        type: 'object',
        properties: { image_url: { title: 'Image Url', type: 'string' } },
        required: ['image_url'],
        additionalProperties: false,
      },
    };
    const answer = await fetch(`${address}/schemas`);
    expect(await answer.text()).toBe(JSON.stringify(printed));
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  test('follow the project when it changes', async () => {
    const host = new ScriptedHost({ name: 'one' });
    const { address } = await openRunner(host);
    const read = async (path: string) =>
      (await (await fetch(address + path)).json()) as Record<string, object>;
    expect(Object.keys(await read('/schemas'))).toEqual(['one']);
    expect(Object.keys((await read('/openapi.json')).paths!)).toEqual(['/run/one']);
    host.change({ algorithms: new ScriptedHost({ name: 'two' }).algorithms });
    expect(Object.keys(await read('/schemas'))).toEqual(['two']);
    expect(Object.keys((await read('/openapi.json')).paths!)).toEqual(['/run/two']);
    expect((await post(`${address}/run/one`, {})).status).toBe(422);
    expect((await post(`${address}/run/two`, {})).status).toBe(200);
  });

  test('there is a page for people', async () => {
    const { address } = await openRunner();
    const page = await fetch(`${address}/docs`);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('swagger-ui');
    expect(page.headers.get('x-runyard-version')).toBe('1.2.3');
  });

  test('metrics count runs by outcome and show the pool', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host, { metrics: createMetrics() });
    await post(`${address}/run/echo`, {});
    host.behave = () => failedWith('invalid_input');
    await post(`${address}/run/echo`, {});
    const text = await (await fetch(`${address}/metrics`)).text();
    expect(text).toContain('runyard_runs_total{algorithm="echo",outcome="ok"} 1');
    expect(text).toContain('runyard_runs_total{algorithm="echo",outcome="invalid"} 1');
    expect(text).toContain('runyard_run_seconds_count{algorithm="echo"} 2');
    expect(text).toContain('runyard_pool_processes{project="test"} 1');
  });
});

test('health is 200 only while a process can answer', async () => {
  const host = new ScriptedHost({});
  const runner = await openRunner(host);
  const ask = async () => {
    const response = await fetch(`${runner.address}/health`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  expect(await ask()).toMatchObject({ status: 200, body: { status: 'ok', algorithms: ['echo'] } });
  host.change({ state: 'starting' });
  expect(await ask()).toMatchObject({ status: 503, body: { status: 'starting' } });
  host.change({ state: 'crash_loop' });
  expect(await ask()).toMatchObject({
    status: 503,
    body: { status: 'crash_loop', reason: 'the processes keep dying: exited with code 3' },
  });
  host.change({ state: 'ready' });
  await runner.drain();
  expect(await ask()).toMatchObject({ status: 503, body: { status: 'draining' } });
});
