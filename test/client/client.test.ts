import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type RunyardClient, type TaskFollowEvent } from '../../src/client/index.js';
import { RunyardError } from '../../src/errors/index.js';
import type { RunEvent } from '../../src/protocol/index.js';
import { fail, succeed, untilCancelled } from '../gateway/scripted-dispatcher.js';
import { apiKey, createTestGateway, openGateway, type TestGateway } from '../gateway/test-gateway.js';
import { until } from '../until.js';

let gateway: TestGateway;
let client: RunyardClient;

beforeAll(async () => {
  gateway = await openGateway({ apiKeys: [apiKey('tester', 'k')] });
  client = createClient({ url: gateway.url, apiKey: 'k' });
});
afterAll(() => gateway.close());

const errorOf = async (promise: Promise<unknown>): Promise<RunyardError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RunyardError);
  return error as RunyardError;
};

describe('run', () => {
  it('gives the result', async () => {
    gateway.dispatcher.script = async ({ args }) => succeed(JSON.stringify([args, null]));
    expect(await client.run('echo', { text: 'ü' })).toEqual([{ text: 'ü' }, null]);
    expect(await client.run('vision/ocr', { image_url: 'x:y' })).toEqual([{ image_url: 'x:y' }, null]);
  });

  it('gives a result of several megabytes', async () => {
    const text = 'ä'.repeat(3_000_000);
    gateway.dispatcher.script = async () => succeed(JSON.stringify(text));
    expect(await client.run('echo', { text: 'hi' })).toBe(text);
  });

  it('hands on the time limit', async () => {
    gateway.dispatcher.script = async ({ timeoutMs }) => succeed(String(timeoutMs));
    expect(await client.run('echo', { text: 'hi' }, { timeoutMs: 1234 })).toBe(1234);
  });

  it('tells what happens meanwhile, and asks for it only when somebody listens', async () => {
    const told: RunEvent[] = [];
    const log = { type: 'log', log: { time: 1_700_000_000_000, stream: 'stdout', line: 'x' } } as const;
    gateway.dispatcher.script = async (_request, { onEvent }) => {
      for (const event of [{ type: 'progress', progress: 0.5 }, { type: 'chunk', chunk: null }, log] as const)
        onEvent?.(event);
      return succeed(String(onEvent !== undefined));
    };
    expect(await client.run('echo', { text: 'hi' }, { onEvent: (event) => told.push(event) })).toBe(true);
    expect(told).toEqual([{ type: 'progress', progress: 0.5 }, { type: 'chunk', chunk: null }, log]);
    expect(await client.run('echo', { text: 'hi' })).toBe(false);
  });

  it('rejects with the error the gateway tells of, whole', async () => {
    const errors = [{ path: '/text', message: 'missing' }];
    gateway.dispatcher.script = async () =>
      fail('algorithm_error', { message: 'boom', errors, errorType: 'KeyError', stacktrace: 'line 3' });
    const error = await errorOf(client.run('echo', { text: 'hi' }));
    expect(error).toMatchObject({ code: 'algorithm_error', message: 'boom', errors, status: 500 });
    expect(error.cause).toMatchObject({ errorType: 'KeyError', stacktrace: 'line 3' });
    expect(await errorOf(client.run('ecko', {}))).toMatchObject({
      code: 'unknown_algorithm',
      message: expect.stringContaining('Did you mean "echo"') as string,
    });
  });

  it('cancels the run when it is aborted', async () => {
    let signal: AbortSignal | undefined;
    gateway.dispatcher.script = (request, hooks) => {
      signal = hooks.signal;
      return untilCancelled(request, hooks);
    };
    const abort = new AbortController();
    const running = client.run('echo', { text: 'hi' }, { signal: abort.signal });
    const caught = errorOf(running);
    await until('the run has begun', () => signal);
    abort.abort();
    expect(await caught).toMatchObject({ code: 'cancelled' });
    await until('it is cancelled', () => signal?.aborted);
  });

  it('lets errors of the listener through as they are', async () => {
    gateway.dispatcher.script = async (_request, { onEvent }) => {
      onEvent?.({ type: 'progress', progress: 1 });
      return succeed('1');
    };
    const broken = new TypeError('listener');
    const onEvent = (): never => {
      throw broken;
    };
    await expect(client.run('echo', { text: 'hi' }, { onEvent })).rejects.toBe(broken);
  });
});

describe('tasks', () => {
  it('are submitted, looked at, cancelled and redriven', async () => {
    const task = await client.submit('echo', { text: 'hi' }, { priority: 9, runAt: Date.now() + 60_000 });
    expect(task).toMatchObject({ state: 'waiting', priority: 9, owner: 'tester' });
    expect(await client.task(task.id)).toMatchObject({ payload: { text: 'hi' }, attempts: [] });
    expect((await client.cancel(task.id)).state).toBe('cancelled');
    expect(await client.redrive(task.id, { text: 'again' })).toMatchObject({
      state: 'waiting',
      payload: { text: 'again' },
    });
    await client.cancel(task.id);
    expect((await client.redrive(task.id)).payload).toEqual({ text: 'again' });
    expect(await errorOf(client.submit('echo', { text: 5 }))).toMatchObject({
      code: 'invalid_input',
      errors: [{ path: '/text' }],
    });
    expect(await errorOf(client.task('nope/../x'))).toMatchObject({ code: 'task_not_found' });
  });

  it('are listed page by page, as far as somebody reads', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await gateway.submit({ algorithm: 'listed' })).id);
    const found: string[] = [];
    for await (const { id } of client.tasks({ algorithm: 'listed', limit: 2 })) found.push(id);
    expect(found).toEqual(ids);
    for await (const { id } of client.tasks({ algorithm: 'listed', limit: 2 })) {
      expect(id).toBe(ids[0]);
      break;
    }
  });

  it('are redriven all at once', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id, { class: 'timeout', code: 'timeout' });
    expect(await client.redriveAll({ class: 'timeout' })).toBe(1);
    expect(await client.redriveAll({ class: 'timeout' })).toBe(0);
  });
});

describe('the rest', () => {
  it('is there: algorithms, schemas, queues, health', async () => {
    expect((await client.algorithms()).map(({ name }) => name)).toEqual(['echo', 'vision/ocr']);
    expect(await client.algorithm('vision/ocr')).toMatchObject({ mode: 'stream', runners: [{ id: 'r1' }] });
    expect(Object.keys(await client.schemas())).toEqual(['echo', 'vision/ocr']);
    expect((await client.queues()).map(({ algorithm }) => algorithm)).toContain('echo');
    expect(await client.health()).toMatchObject({ status: 'ok', version: '1.2.3' });
  });

  it('gives the health of a gateway that is not well instead of an error', async () => {
    const ill = await openGateway({
      queue: { check: async () => Promise.reject(new Error('gone')) } as never,
    });
    expect(await createClient({ url: ill.url }).health()).toMatchObject({ status: 'unavailable' });
    await ill.close();
  });

  it('needs nothing of Node, so that it runs in a browser', async () => {
    const entryPoints = [fileURLToPath(new URL('../../src/client/index.ts', import.meta.url))];
    const { outputFiles } = await build({
      entryPoints,
      bundle: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    });
    expect(outputFiles[0]?.text).toContain('createClient');
    expect(outputFiles[0]?.text.length).toBeLessThan(60_000);
  });
});

describe('wait', () => {
  const finish = async (id: string): Promise<void> => {
    await gateway.start(id);
    await gateway.progress(id, 0.5);
    await gateway.succeed(id, '{"n":1}');
  };

  it('gives the ended task, whether somebody listens or not', async () => {
    const first = await gateway.submit();
    const plain = client.wait(first.id);
    await finish(first.id);
    expect(await plain).toMatchObject({ state: 'succeeded', result: { n: 1 }, payload: { text: 'hi' } });
    const told: TaskFollowEvent[] = [];
    expect(await client.wait(first.id, { onEvent: (event) => told.push(event) })).toMatchObject({
      state: 'succeeded',
    });
    expect(told).toMatchObject([
      { type: 'progress', progress: 0.5, seq: 1, attempt: 1 },
      { type: 'state', task: { state: 'succeeded' } },
    ]);
  });

  it('resolves for a dead task too', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id);
    expect(await client.wait(id)).toMatchObject({ state: 'dead', error: { message: 'boom' } });
  });

  it('rejects for a task that is not there, a wrong key, and its own signal', async () => {
    const onEvent = (): void => undefined;
    for (const options of [{}, { onEvent }]) {
      expect(await errorOf(client.wait('nope', options))).toMatchObject({ code: 'task_not_found' });
      const stranger = createClient({ url: gateway.url, apiKey: 'wrong' });
      expect(await errorOf(stranger.wait('nope', options))).toMatchObject({ code: 'unauthorized' });
      const { id } = await gateway.submit();
      const abort = new AbortController();
      const waiting = errorOf(client.wait(id, { ...options, signal: abort.signal }));
      setTimeout(() => abort.abort(), 50);
      expect(await waiting).toMatchObject({ code: 'cancelled' });
    }
  });

  it('goes on where it was when the gateway restarts, and tells nothing twice', async () => {
    const first = await createTestGateway();
    await first.listen();
    const told: string[] = [];
    const { id } = await first.submit();
    await first.start(id);
    const ended = createClient({ url: first.url }).wait(id, {
      onEvent: (event) => told.push(event.type === 'progress' ? String(event.progress) : event.type),
    });
    await first.progress(id, 0.25);
    await until('the first line is told', () => told.includes('0.25'));
    const { port } = first;
    await first.restart(port);
    await first.progress(id, 0.75);
    await first.succeed(id);
    expect(await ended).toMatchObject({ state: 'succeeded' });
    expect(told).toEqual(['state', '0.25', '0.75', 'state']);
    await first.close();
  });

  it('gives up on a gateway that stays away', async () => {
    const first = await openGateway();
    const { id } = await first.submit();
    let isConnected = false;
    const options = { onEvent: () => (isConnected = true), reconnectMs: 300 };
    const waiting = errorOf(createClient({ url: first.url }).wait(id, options));
    await until('it follows', () => isConnected);
    await first.close();
    expect(await waiting).toMatchObject({ code: 'gateway_unreachable' });
  });
});

describe('against something else than a gateway', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  const clientOf = (url: string) => createClient({ url });

  const serve = async (listener: RequestListener): Promise<string> => {
    server = createServer(listener);
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('says which address does not answer, and how to start one', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    const calls = [
      (client: RunyardClient) => client.task('x'),
      (client: RunyardClient) => client.run('echo', {}),
      (client: RunyardClient) => client.wait('x'),
    ];
    for (const call of calls) {
      const error = await errorOf(call(clientOf(url)));
      expect(error.code).toBe('gateway_unreachable');
      expect(error.message).toContain(url);
      expect(error.message).toContain('ECONNREFUSED');
      expect(error.message).toContain('runyard up');
    }
  });

  it('names the failure when a name has several addresses and none answers', async () => {
    const url = await serve(() => undefined);
    await new Promise((resolve) => server?.close(resolve));
    const error = await errorOf(clientOf(url.replace('127.0.0.1', 'localhost')).algorithms());
    expect(error.message).toContain('ECONNREFUSED');
  });

  it.each(['localhost:8080', 'ftp://host', 'nonsense', ''])('refuses the address "%s"', (url) => {
    expect(() => clientOf(url)).toThrow(expect.objectContaining({ code: 'invalid_config' }) as Error);
  });

  it('keeps a path and drops a slash at the end', async () => {
    const paths: string[] = [];
    const url = await serve((request, response) => {
      paths.push(request.url ?? '');
      response.end('[]');
    });
    await clientOf(`${url}/yard/`).algorithms();
    expect(paths).toEqual(['/yard/algorithms']);
  });

  it('says so of a page', async () => {
    const url = await serve((_request, response) => response.end('<html>Welcome to nginx'));
    const error = await errorOf(clientOf(url).algorithms());
    expect(error.message).toContain('no Runyard gateway');
    expect(error.message).toContain('Welcome to nginx');
  });

  it.each([
    [401, 'unauthorized'],
    [404, 'not_found'],
    [429, 'busy'],
    [502, 'gateway_unreachable'],
    [500, 'internal'],
  ])('takes a bare status %i for %s', async (status, code) => {
    const url = await serve((_request, response) => response.writeHead(status).end('proxy says no'));
    const error = await errorOf(clientOf(url).algorithms());
    expect(error).toMatchObject({ code, message: 'proxy says no' });
  });

  it('knows an error of a later version by its status', async () => {
    const problem = JSON.stringify({ code: 'brand_new', status: 409, detail: 'new words' });
    const url = await serve((_request, response) =>
      response.writeHead(429, { 'retry-after': '2' }).end(problem),
    );
    expect(await errorOf(clientOf(url).algorithms())).toMatchObject({
      code: 'busy',
      message: 'new words',
      retryAfterMs: 2000,
    });
  });

  it('tells of a run whose connection breaks', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: progress\ndata: {"progress":0.5}\n\n', () => response.destroy());
    });
    expect(await errorOf(clientOf(url).run('echo', {}))).toMatchObject({ code: 'connection_lost' });
  });

  it('tells of a run whose end never comes', async () => {
    const url = await serve((_request, response) => response.end(': nothing\n\n'));
    expect(await errorOf(clientOf(url).run('echo', {}))).toMatchObject({ code: 'connection_lost' });
  });

  it('tells each line once, even if the other side begins anew each time', async () => {
    let round = 0;
    const url = await serve((_request, response) => {
      round++;
      for (let id = 1; id <= round + 1; id++)
        response.write(`id: ${id}\nevent: progress\ndata: {"progress":${id}}\n\n`);
      response.end(round === 3 ? 'event: end\ndata: {"state":"succeeded"}\n\n' : '');
    });
    const told: unknown[] = [];
    await clientOf(url).wait('x', {
      onEvent: (event) => told.push(event.type === 'progress' && event.progress),
    });
    expect(told).toEqual([1, 2, 3, 4]);
  });

  it('turns to polling where a proxy swallows events', async () => {
    let polls = 0;
    const url = await serve((request, response) => {
      if (request.url?.includes('/events')) response.end();
      else
        response.end(
          JSON.stringify({ id: 'x', state: ++polls > 1 ? 'succeeded' : 'running', updatedAt: String(polls) }),
        );
    });
    const told: string[] = [];
    const onEvent = (event: TaskFollowEvent): unknown =>
      event.type === 'state' && told.push(event.task.state);
    expect(await clientOf(url).wait('x', { onEvent: (event) => void onEvent(event) })).toMatchObject({
      state: 'succeeded',
    });
    expect(told).toEqual(['running', 'succeeded']);
  });
});
