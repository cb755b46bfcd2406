import { request as httpRequest, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStreamParser, type StreamEvent } from '../../src/http/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { until } from '../until.js';
import { fail, succeed, untilCancelled } from './scripted-dispatcher.js';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway({ keepAliveMs: 30, stallTimeoutMs: 500, maxStreamBufferBytes: 100_000 });
});
afterEach(() => gateway.close());

const run = (body: unknown, headers?: Record<string, string>) => gateway.post('/run/echo', body, headers);
const EVENTS = { accept: 'text/event-stream' };

async function readEvents(response: Response): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  new EventStreamParser((event) => events.push(event)).push(await response.text());
  return events;
}

describe('a run', () => {
  it('gives the result exactly as the child wrote it', async () => {
    gateway.dispatcher.script = async () => succeed('{"b":1.0,"a":12345678901234567890}');
    const response = await run({ text: 'hi' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.text()).toBe('{"result":{"b":1.0,"a":12345678901234567890}}');
  });

  it('hands on arguments, time limit, depth and trace, and tells its id', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await run({ text: 'hi' }, { 'x-timeout-ms': '1500', 'x-call-depth': '2', traceparent });
    const id = response.headers.get('x-request-id');
    expect(gateway.dispatcher.requests).toEqual([
      { id, algorithm: 'echo', args: { text: 'hi' }, timeoutMs: 1500, depth: 2, traceparent },
    ]);
    expect((await run({})).headers.get('x-request-id')).not.toBe(id);
  });

  it('does not take over the id that a caller names, which another run may have', async () => {
    const response = await run({ text: 'hi' }, { 'x-request-id': 'mine', traceparent: 'nonsense' });
    expect(response.headers.get('x-request-id')).not.toBe('mine');
    expect(gateway.dispatcher.requests[0]).not.toHaveProperty('traceparent');
  });

  it.each(['/run/vision/ocr', '/run/vision%2Focr'])(
    'finds an algorithm with an owner at %s',
    async (path) => {
      expect((await gateway.post(path, { image_url: 'x:y' })).status).toBe(200);
      expect(gateway.dispatcher.requests[0]?.algorithm).toBe('vision/ocr');
    },
  );

  it('of 5 MB arrives whole', async () => {
    const text = 'x'.repeat(5_000_000);
    gateway.dispatcher.script = async () => succeed(JSON.stringify(text));
    expect(await (await run({ text: '' })).json()).toEqual({ result: text });
  });
});

describe('a run is refused', () => {
  it('for an unknown algorithm, naming the near one and those there are', async () => {
    const problem = await problemOf(await gateway.post('/run/ecko', {}));
    expect(problem).toMatchObject({
      status: 422,
      code: 'unknown_algorithm',
      title: expect.any(String) as string,
    });
    expect(problem['detail']).toBe(
      'There is no algorithm "ecko". Did you mean "echo"? Offered: echo, vision/ocr.',
    );
    expect(gateway.dispatcher.requests).toEqual([]);
  });

  it.each(['0', '-1', '1.5', 'soon', '99999999999'])('for the time limit "%s"', async (value) => {
    const problem = await problemOf(await run({ text: 'hi' }, { 'x-timeout-ms': value }));
    expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(problem['errors']).toEqual([
      { path: '/headers/x-timeout-ms', message: expect.stringContaining('whole number') as string },
    ]);
  });

  it('when algorithms call each other deeper than allowed', async () => {
    expect((await run({ text: 'hi' }, { 'x-call-depth': '4' })).status).toBe(200);
    const problem = await problemOf(await run({ text: 'hi' }, { 'x-call-depth': '5' }));
    expect(problem).toMatchObject({ status: 508, code: 'too_deep' });
  });
});

describe('a failed run', () => {
  const cases: [ErrorCode, number][] = [
    ['invalid_input', 400],
    ['input_refused', 400],
    ['input_unfetchable', 400],
    ['busy', 429],
    ['no_runner', 503],
    ['crash_loop', 503],
    ['algorithm_error', 500],
    ['process_died', 500],
    ['connection_lost', 502],
    ['timeout', 504],
  ];

  it.each(cases)('of code %s has status %i and its own words', async (code, status) => {
    gateway.dispatcher.script = async () => fail(code);
    const response = await run({ text: 'hi' });
    expect(response.status).toBe(status);
    expect(await problemOf(response)).toMatchObject({
      type: `urn:runyard:error:${code}`,
      status,
      code,
      detail: `told by ${code}`,
    });
  });

  it('names the wrong fields', async () => {
    const errors = [{ path: '/text', message: 'missing, expected a string' }];
    gateway.dispatcher.script = async () => fail('invalid_input', { class: 'invalid', errors });
    expect(await problemOf(await run({}))).toMatchObject({ class: 'invalid', errors });
  });

  it('for want of room says when to come back', async () => {
    gateway.dispatcher.script = async () => fail('busy', { class: 'busy', retryAfterMs: 2500 });
    const told = await run({ text: 'hi' });
    expect(told.headers.get('retry-after')).toBe('3');
    expect(told.headers.get('x-retry-after-ms')).toBe('2500');
    gateway.dispatcher.script = async () => fail('no_runner', { class: 'busy' });
    expect((await run({ text: 'hi' })).headers.get('retry-after')).toBe('1');
  });

  it('of the algorithm itself brings the type and the stack it raised', async () => {
    const raised = { errorType: 'KeyError', stacktrace: 'Traceback: line 3' };
    gateway.dispatcher.script = async () => fail('algorithm_error', raised);
    expect(await problemOf(await run({ text: 'hi' }))).toMatchObject(raised);
  });

  it.each([
    ['an outcome', async () => fail('internal', { message: 'secret /path', stacktrace: 'secret stack' })],
    ['a rejection', async () => Promise.reject(new Error('secret /path'))],
  ])('from inside the gateway tells nothing but an id: %s', async (_what, script) => {
    gateway.dispatcher.script = script;
    for (const headers of [{}, EVENTS]) {
      const response = await run({ text: 'hi' }, headers);
      const text = await response.text();
      expect(text).not.toContain('secret');
      expect(text).toContain(response.headers.get('x-request-id'));
    }
  });
});

describe('a client that goes away', () => {
  it.each([{}, EVENTS])('cancels its run (%j)', async (headers) => {
    const seen: AbortSignal[] = [];
    gateway.dispatcher.script = (request, hooks) => {
      if (hooks.signal) seen.push(hooks.signal);
      return untilCancelled(request, hooks);
    };
    const abort = new AbortController();
    const answer = fetch(`${gateway.url}/run/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: '{"text":"hi"}',
      signal: abort.signal,
    }).then((response) => response.text());
    answer.catch(() => undefined);
    const signal = await until('the run has begun', () => seen[0]);
    expect(signal.aborted).toBe(false);
    abort.abort();
    await until('the run is cancelled', () => signal.aborted);
    await expect(answer).rejects.toThrow();
  });

  it('after its answer cancels nothing', async () => {
    let signal: AbortSignal | undefined;
    gateway.dispatcher.script = async (_request, hooks) => {
      signal = hooks.signal;
      return succeed('1');
    };
    await (await run({ text: 'hi' }, { connection: 'close' })).text();
    expect(signal?.aborted).toBe(false);
  });
});

describe('a run that is followed', () => {
  it('tells progress, lines and chunks as they come, then the result', async () => {
    gateway.dispatcher.script = async (_request, { onEvent }) => {
      onEvent?.({ type: 'progress', progress: 0.5, message: 'half' });
      onEvent?.({ type: 'log', log: { time: 0, stream: 'stderr', line: 'two\nlines' } });
      onEvent?.({ type: 'chunk', chunk: ['a'] });
      return succeed('{\n "pretty": true\n}');
    };
    const response = await run({ text: 'hi' }, EVENTS);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('x-request-id')).toMatch(/^run-/);
    expect(
      (await readEvents(response)).map(({ event, data }) => [event, JSON.parse(data) as unknown]),
    ).toEqual([
      ['progress', { progress: 0.5, message: 'half' }],
      ['log', { time: '1970-01-01T00:00:00.000Z', stream: 'stderr', line: 'two\nlines' }],
      ['chunk', { chunk: ['a'] }],
      ['result', { result: { pretty: true } }],
    ]);
  });

  it('ends with its error as a problem', async () => {
    gateway.dispatcher.script = async () => fail('algorithm_error', { errorType: 'ValueError' });
    const [event] = await readEvents(await run({ text: 'hi' }, EVENTS));
    expect(event?.event).toBe('error');
    expect(JSON.parse(event?.data ?? '')).toMatchObject({ status: 500, errorType: 'ValueError' });
  });

  it('by somebody who wants the end only tells nothing else', async () => {
    gateway.dispatcher.script = async (_request, { onEvent }) => succeed(String(onEvent === undefined));
    const response = await run({ text: 'hi' }, { accept: 'text/event-stream;events=none' });
    expect((await readEvents(response)).map(({ data }) => data)).toEqual(['{"result":true}']);
  });

  it('that is refused beforehand gets a plain problem', async () => {
    expect((await problemOf(await gateway.post('/run/nope', {}, EVENTS)))['status']).toBe(422);
  });

  it('shows signs of life while it is quiet', async () => {
    let finish: () => void = () => undefined;
    gateway.dispatcher.script = () => new Promise((resolve) => (finish = () => resolve(succeed('1'))));
    const response = await run({ text: 'hi' }, EVENTS);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const first = await reader?.read();
    expect(first?.value).toBe(': keep-alive\n\n');
    finish();
    let rest = '';
    for (let piece = await reader?.read(); piece?.done === false; piece = await reader?.read())
      rest += piece.value;
    expect(rest).toContain('event: result');
  });

  it('is cancelled when its reader lies too far behind', async () => {
    let signal: AbortSignal | undefined;
    let sent = 0;
    gateway.dispatcher.script = async (_request, hooks) => {
      signal = hooks.signal;
      const chunk = 'x'.repeat(10_000);
      while (signal?.aborted === false) {
        hooks.onEvent?.({ type: 'chunk', chunk });
        sent += chunk.length;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return fail('cancelled', { class: 'cancelled' });
    };
    const response = await readNothing(`${gateway.url}/run/echo`);
    await until('the run is cancelled', () => signal?.aborted);
    // What the kernel's buffers hold, and not much more.
    expect(sent).toBeLessThan(20_000_000);
    response.destroy();
  });

  it('does not keep a result for a reader that never takes it', async () => {
    const text = 'x'.repeat(20_000_000);
    gateway.dispatcher.script = async () => succeed(JSON.stringify(text));
    for (const headers of [{}, EVENTS]) {
      const response = await readNothing(`${gateway.url}/run/echo`, headers);
      await until('the connection is cut', () => connections().then((count) => count === 0));
      response.destroy();
    }
  });
});

describe('closing', () => {
  it('lets running requests end', async () => {
    let finish: () => void = () => undefined;
    gateway.dispatcher.script = () => new Promise((resolve) => (finish = () => resolve(succeed('1'))));
    const answer = run({ text: 'hi' });
    await until('the run has begun', () => gateway.dispatcher.requests.length > 0);
    const closed = gateway.app.close();
    finish();
    expect(await (await answer).json()).toEqual({ result: 1 });
    await closed;
  });

  it('cancels those that do not end in time', async () => {
    const other = await openGateway({ closeGraceMs: 200 });
    let signal: AbortSignal | undefined;
    other.dispatcher.script = (request, hooks) => {
      signal = hooks.signal;
      return untilCancelled(request, hooks);
    };
    const answer = expect(other.post('/run/echo', { text: 'hi' })).rejects.toThrow();
    await until('the run has begun', () => signal);
    await other.close();
    expect(signal?.aborted).toBe(true);
    await answer;
  });
});

function connections(): Promise<number> {
  return new Promise((resolve, reject) =>
    gateway.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}

/** Sends a request and leaves its answer lying. */
function readNothing(url: string, headers: Record<string, string> = EVENTS): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      agent: false,
    });
    request.on('response', (response) => {
      response.pause();
      response.on('error', () => undefined);
      resolve(response);
    });
    request.on('error', reject);
    request.end('{"text":"hi"}');
  });
}
