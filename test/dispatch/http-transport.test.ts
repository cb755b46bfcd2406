import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createHttpTransport, type HttpTransportOptions } from '../../src/dispatch/index.js';
import type { RunEvent, RunHooks, RunnerEntry, RunOutcome, RunRequest } from '../../src/protocol/index.js';
import { DEPTH_HEADER } from '../../src/protocol/index.js';
import { registration } from '../discovery/registrations.js';
import { closeServer, findFreePort, serveOriginal, serveOriginalRunner } from '../original.js';
import { releaseLater } from '../release.js';
import { openRunner } from '../runner/open-runner.js';
import { ScriptedHost, succeededWith, untilCancelled } from '../runner/scripted-host.js';
import { until } from '../until.js';
import { createRequest, failedWith } from './test-yard.js';

const entry = (host: string, more: Partial<RunnerEntry> = {}): RunnerEntry => ({
  ...registration(['echo', 'ocr']),
  host,
  id: 'r',
  kind: 'lease',
  healthy: true,
  registeredAt: 0,
  renewedAt: 0,
  ...more,
});

function open(options: HttpTransportOptions = {}) {
  const transport = releaseLater(createHttpTransport(options));
  return {
    transport,
    run: (host: string, request: Partial<RunRequest> = {}, hooks?: RunHooks): Promise<RunOutcome> =>
      transport.run(entry(host), createRequest('echo', request), hooks),
  };
}

/** Answers every run in the same way. */
async function answering(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  releaseLater({ close: () => closeServer(server) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a runner of ours', () => {
  test('gets the run with all that is known of it, and its result comes back untouched', async () => {
    const host = new ScriptedHost({ name: 'team/echo' });
    host.behave = () => succeededWith('{"n": 12345678901234567890}');
    const { address } = await openRunner(host);
    const request: RunRequest = {
      id: 'task-1',
      algorithm: 'team/echo',
      args: { text: 'é"\n' },
      timeoutMs: 1000,
      attempt: 2,
      depth: 1,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const outcome = await open().transport.run(entry(`${address}/`), request);
    expect(host.requests).toEqual([request]);
    expect(outcome).toEqual({
      ok: true,
      resultJson: '{"n": 12345678901234567890}',
      logs: [],
      durationMs: 1.5,
    });
  });

  test('a base address with a path keeps it', async () => {
    const runner = releaseLater(await serveOriginal(() => ({ status: 200, body: '1' })));
    await open().run(`${runner.url}/behind/proxy/`, { algorithm: 'a/b.c-d' });
    expect(runner.requests[0]!.path).toBe('/behind/proxy/run/a/b.c-d');
  });

  test('failures come back as they were, with class, fields, traceback and wait', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    const { run } = open();
    const failures = [
      failedWith('invalid_input', {
        message: 'text: missing',
        errors: [{ path: '/text', message: 'missing' }],
      }),
      failedWith('algorithm_error', { message: 'no', errorType: 'ValueError', stacktrace: 'Traceback' }),
      failedWith('input_unreachable', { message: 'Error fetching request image, received 503' }),
      failedWith('process_died', { message: 'exited with code 3' }),
      failedWith('timeout', { message: 'over 5 ms' }),
      failedWith('busy', { message: 'full', retryAfterMs: 120 }),
      failedWith('crash_loop', { message: 'keeps dying', retryAfterMs: 4000 }),
      failedWith('too_deep', { message: 'deep' }),
    ];
    for (const failure of failures) {
      host.behave = () => failure;
      expect(await run(address), failure.error.code).toEqual(failure);
      expect(await run(address, {}, { onEvent: () => undefined }), failure.error.code).toEqual(failure);
    }
  });

  test('that does not offer the algorithm any more, or drains, is busy', async () => {
    const runner = await openRunner();
    const { run } = open();
    expect(await run(runner.address, { algorithm: 'gone' })).toMatchObject({
      error: {
        class: 'busy',
        code: 'unknown_algorithm',
        message: expect.stringContaining("'gone'") as string,
      },
    });
    await runner.drain();
    expect(await run(runner.address)).toMatchObject({
      error: { class: 'busy', code: 'draining', retryAfterMs: 1000 },
    });
  });

  test('events come as they happen, and the log lines stay with the outcome', async () => {
    const host = new ScriptedHost({});
    const story: RunEvent[] = [
      { type: 'progress', progress: 0.25, message: 'a quarter' },
      { type: 'progress', progress: 0.5 },
      { type: 'log', log: { time: 5, stream: 'stderr', line: 'ö' } },
      { type: 'chunk', chunk: [1, { type: 'log' }] },
    ];
    host.behave = (_request, { onEvent }) => {
      for (const event of story) onEvent!(event);
      return succeededWith('{"a" :1}');
    };
    const { address } = await openRunner(host);
    const events: RunEvent[] = [];
    const outcome = await open().run(address, {}, { onEvent: (event) => events.push(event) });
    expect(events).toEqual(story);
    expect(outcome).toEqual({
      ok: true,
      resultJson: '{"a" :1}',
      logs: [{ time: 5, stream: 'stderr', line: 'ö' }],
      durationMs: 1.5,
    });
  });

  test('a listener that throws does not end the run', async () => {
    const host = new ScriptedHost({});
    host.behave = (_request, { onEvent }) => {
      onEvent!({ type: 'progress', progress: 1 });
      return succeededWith('1');
    };
    const { address } = await openRunner(host);
    const onEvent = (): void => {
      throw new Error('a defect of the listener');
    };
    expect(await open().run(address, {}, { onEvent })).toMatchObject({ ok: true, resultJson: '1' });
  });

  test.each([
    ['plainly', undefined],
    ['with events', () => undefined],
  ])('aborting cancels the run at the runner (%s)', async (_how, onEvent) => {
    const host = new ScriptedHost({});
    let isCancelled = false;
    host.behave = async (request, hooks) => {
      const outcome = await untilCancelled(request, hooks);
      isCancelled = true;
      return outcome;
    };
    const { address } = await openRunner(host);
    const abort = new AbortController();
    const running = open().run(address, {}, { signal: abort.signal, ...(onEvent && { onEvent }) });
    await until('the run has begun', () => host.requests.length === 1);
    abort.abort();
    expect(await running).toMatchObject({ ok: false, error: { class: 'cancelled', code: 'cancelled' } });
    await until('the run is cancelled', () => isCancelled);
  });

  test('a run whose caller had cancelled before never leaves', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    const outcome = await open().run(address, {}, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ error: { class: 'cancelled' } });
    expect(host.requests).toEqual([]);
  });

  test('many runs at once share connections afterwards', async () => {
    const host = new ScriptedHost({});
    const { address } = await openRunner(host);
    const { run } = open({ connections: 4 });
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, n) => run(address, { args: { n } })));
    expect(outcomes.map((outcome) => outcome.ok && outcome.resultJson)).toEqual(
      Array.from({ length: 100 }, (_, n) => `{"n":${n}}`),
    );
  });
});

describe('an original Python runner', () => {
  test('gives a result, wrapped or bare, without its numbers losing digits', async () => {
    const { run } = open();
    const cases = [
      ['{"result": {"n": 12345678901234567890}}', '{"n": 12345678901234567890}'],
      ['{"label": "x", "score": 0.99}', '{"label": "x", "score": 0.99}'],
      ['{"result": 1, "other": 2}', '{"result": 1, "other": 2}'],
      ['{"result":null}', 'null'],
      [' { "result" : [1] } ', '[1]'],
      ['{"\\u0072esult": 5}', '5'],
      ['"text"', '"text"'],
      ['[1.0]', '[1.0]'],
    ] as const;
    for (const [body, resultJson] of cases)
      expect(await run(await answering(200, body)), body).toMatchObject({ ok: true, resultJson });
  });

  test('is asked as its wire format says', async () => {
    const runner = releaseLater(await serveOriginalRunner());
    const outcome = await open().run(runner.url, { algorithm: 'ocr', args: { image_url: 'four' } });
    expect(outcome).toMatchObject({ ok: true, resultJson: '4' });
    expect(runner.requests).toEqual([{ method: 'POST', path: '/run/ocr', body: '{"image_url":"four"}' }]);
  });

  test('that is followed gives its result all the same', async () => {
    const runner = releaseLater(await serveOriginalRunner());
    const request = { algorithm: 'ocr', args: { image_url: 'four' } };
    expect(await open().run(runner.url, request, { onEvent: () => undefined })).toMatchObject({
      ok: true,
      resultJson: '4',
    });
  });

  const traceback = 'Traceback (most recent call last):\n  File "a.py", line 1\npkg.Error: it broke\n';
  const enumDetail = [{ loc: ['path', 'algorithm'], msg: 'permitted: a', type: 'type_error.enum' }];
  const dictDetail = [{ loc: ['body'], msg: 'value is not a valid dict', type: 'type_error.dict' }];
  test.each([
    [400, { detail: '1 validation error' }, 'invalid', 'invalid_input', '1 validation error'],
    [400, { detail: 'Error fetching request image, received 404' }, 'invalid', 'input_unfetchable', '404'],
    [400, { detail: 'Error fetching request image, received 502' }, 'failed', 'input_unreachable', '502'],
    [404, { message: 'Error fetching request image, received 404' }, 'invalid', 'input_unfetchable', '404'],
    [503, { detail: 'Error fetching request image, received 503' }, 'failed', 'input_unreachable', '503'],
    [422, { detail: enumDetail }, 'busy', 'no_runner', 'permitted: a'],
    [422, { detail: dictDetail }, 'invalid', 'invalid_input', 'not a valid dict'],
    [413, 'Too large', 'invalid', 'body_too_large', 'Too large'],
    [429, { detail: 'later' }, 'busy', 'busy', 'later'],
    [503, 'Service Unavailable', 'busy', 'busy', 'Service Unavailable'],
    [500, { detail: traceback }, 'failed', 'algorithm_error', 'it broke'],
    [500, 'Internal Server Error', 'failed', 'algorithm_error', 'Internal Server Error'],
    [502, '<html>', 'crashed', 'connection_lost', '<html>'],
    [504, '', 'timeout', 'timeout', '504'],
    [404, { detail: 'Not Found' }, 'busy', 'no_runner', '404'],
    [302, '', 'busy', 'no_runner', '302'],
  ])('its %i %j becomes %s/%s', async (status, body, failureClass, code, text) => {
    const outcome = await open().run(await answering(status, body));
    expect(outcome).toMatchObject({ ok: false, error: { class: failureClass, code } });
    expect(!outcome.ok && outcome.error.message).toContain(text);
  });

  test('its traceback is kept whole, and the exception’s name beside it', async () => {
    const outcome = await open().run(await answering(500, { detail: traceback }));
    expect(outcome).toMatchObject({
      error: { message: 'it broke', errorType: 'pkg.Error', stacktrace: traceback },
    });
  });

  test('its Retry-After is heeded', async () => {
    const host = await answering(503, { detail: 'busy' }, { 'retry-after': '7' });
    expect(await open().run(host)).toMatchObject({ error: { retryAfterMs: 7000 } });
  });

  test('a 200 that is no JSON is a failed run', async () => {
    expect(await open().run(await answering(200, '<html>'))).toMatchObject({
      error: { class: 'failed', code: 'invalid_output' },
    });
  });
});

describe('a runner that cannot be reached, or breaks', () => {
  test('refused, unknown and impossible addresses are busy: nothing was sent', async () => {
    const { run } = open();
    for (const host of [`http://127.0.0.1:${await findFreePort()}`, 'http://no-such-host.invalid:5000'])
      expect(await run(host), host).toMatchObject({ error: { class: 'busy', code: 'runner_unreachable' } });
  });

  test('a connection that breaks during the run is a crash: it may have begun', async () => {
    const runner = releaseLater(await serveOriginal(() => 'break'));
    const outcome = await open().run(runner.url);
    expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'connection_lost' } });
    expect(runner.requests).toHaveLength(1);
  });

  test('a stream that ends without its result is a crash, too', async () => {
    const host = await answering(200, 'event: progress\ndata: {"progress":1}\n\n', {
      'content-type': 'text/event-stream',
      'x-runyard-version': '1',
    });
    const events: RunEvent[] = [];
    const outcome = await open().run(host, {}, { onEvent: (event) => events.push(event) });
    expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'connection_lost' } });
    expect(events).toEqual([{ type: 'progress', progress: 1 }]);
  });

  test('one that never answers times out after the run’s limit and a grace', async () => {
    const runner = releaseLater(await serveOriginal(() => 'hang'));
    const startedAt = performance.now();
    const outcome = await open({ graceMs: 50 }).run(runner.url, { timeoutMs: 100 });
    expect(outcome).toMatchObject({ error: { class: 'timeout', code: 'timeout' } });
    expect(performance.now() - startedAt).toBeGreaterThan(145);
  });

  test('without a limit of the run the algorithm’s own holds', async () => {
    const runner = releaseLater(await serveOriginal(() => 'hang'));
    const { transport } = open({ graceMs: 0 });
    const [echo] = registration(['echo']).algorithms;
    const limited = entry(runner.url, { algorithms: [{ ...echo!, limits: { timeoutMs: 50 } }] });
    expect(await transport.run(limited, createRequest('echo'))).toMatchObject({
      error: { class: 'timeout' },
    });
  });

  test.each([
    ['announced', { 'content-length': '5000' }],
    ['unannounced', { 'transfer-encoding': 'chunked' }],
  ])('an answer over the limit is refused (%s)', async (_how, headers: Record<string, string>) => {
    const host = await answering(200, JSON.stringify('x'.repeat(4998)), headers);
    expect(await open({ maxResponseBytes: 1000 }).run(host)).toMatchObject({
      error: { class: 'failed', code: 'invalid_output' },
    });
    expect(await open({ maxResponseBytes: 10_000 }).run(host)).toMatchObject({ ok: true });
  });

  test('an event over the limit is refused', async () => {
    const host = new ScriptedHost({});
    host.behave = () => succeededWith(JSON.stringify('x'.repeat(5000)));
    const { address } = await openRunner(host);
    const outcome = await open({ maxResponseBytes: 1000 }).run(address, {}, { onEvent: () => undefined });
    expect(outcome).toMatchObject({ error: { class: 'failed', code: 'invalid_output' } });
  });

  test('closing the transport ends its runs as busy: somebody else may take them', async () => {
    const runner = releaseLater(await serveOriginal(() => 'hang'));
    const { transport, run } = open();
    const running = run(runner.url);
    await until('the run has begun', () => runner.requests.length === 1);
    await transport.close();
    expect(await running).toMatchObject({ error: { class: 'busy', code: 'runner_unreachable' } });
  });

  test('a request that cannot be put into words is an internal failure, not an exception', async () => {
    const { address } = await openRunner();
    const { run } = open();
    expect(await run(address, { id: 'a\nb' })).toMatchObject({ error: { code: 'internal' } });
    expect(await run('nowhere')).toMatchObject({ error: { code: 'internal' } });
  });
});

test('the depth of calls travels in the header all parts know', async () => {
  const host = new ScriptedHost({});
  const { address } = await openRunner(host, { maxDepth: 5 });
  expect(DEPTH_HEADER).toBe('x-call-depth');
  expect(await open().run(address, { depth: 6 })).toMatchObject({ error: { code: 'too_deep' } });
});
