import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EventStreamParser } from '../../src/http/index.js';
import type { RunEvent } from '../../src/protocol/index.js';
import { failedWith } from '../dispatch/test-yard.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openRunner, post } from './open-runner.js';
import { ScriptedHost, succeededWith, untilCancelled } from './scripted-host.js';

const STREAM = { 'content-type': 'application/json', accept: 'text/event-stream' };

function parse(text: string): [event: string, data: unknown][] {
  const events: [string, unknown][] = [];
  new EventStreamParser(({ event, data }) => events.push([event, JSON.parse(data)])).push(text);
  return events;
}

const story: RunEvent[] = [
  { type: 'progress', progress: 0.5, message: 'half' },
  { type: 'log', log: { time: 1, stream: 'stdout', line: 'hello\nworld' } },
  { type: 'chunk', chunk: { a: [1] } },
];

describe('a run that is followed', () => {
  test('tells progress, log lines and chunks as they come, then its result', async () => {
    const host = new ScriptedHost({});
    host.behave = (_request, { onEvent }) => {
      for (const event of story) onEvent!(event);
      return succeededWith('{"big": 12345678901234567890,\n"b":2}');
    };
    const { address } = await openRunner(host);
    const answer = await post(`${address}/run/echo`, {}, STREAM);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect(answer.headers.get('x-runyard-version')).toBe('1.2.3');
    expect(parse(answer.text)).toEqual([
      ['progress', { progress: 0.5, message: 'half' }],
      ['log', { time: 1, stream: 'stdout', line: 'hello\nworld' }],
      ['chunk', { chunk: { a: [1] } }],
      ['timing', { durationMs: 1.5 }],
      // eslint-disable-next-line no-loss-of-precision
      ['result', { result: { big: 12345678901234567890, b: 2 } }],
    ]);
    expect(answer.text).toContain('data: {"result":{"big": 12345678901234567890,\ndata: "b":2}}');
  });

  test('events arrive before the run has ended', async () => {
    const host = new ScriptedHost({});
    let end = (): void => undefined;
    host.behave = async (_request, { onEvent }) => {
      onEvent!({ type: 'progress', progress: 0.1 });
      await new Promise<void>((resolve) => (end = resolve));
      return succeededWith('1');
    };
    const { address } = await openRunner(host);
    const response = await fetch(`${address}/run/echo`, { method: 'POST', body: '{}', headers: STREAM });
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(new TextDecoder().decode(first.value as Uint8Array)).toContain('event: progress');
    end();
    while (!(await reader.read()).done);
  });

  test('a failure is an `error` event with the whole problem', async () => {
    const host = new ScriptedHost({});
    host.behave = () => failedWith('algorithm_error', { message: 'no', stacktrace: 'Traceback' });
    const { address } = await openRunner(host);
    const events = parse((await post(`${address}/run/echo`, {}, STREAM)).text);
    expect(events.at(-1)).toMatchObject([
      'error',
      { status: 500, code: 'algorithm_error', detail: 'Traceback' },
    ]);
  });

  test('what cannot run at all is refused with a status, not with a stream', async () => {
    const { address } = await openRunner();
    expect((await post(`${address}/run/nope`, {}, STREAM)).status).toBe(422);
    expect((await post(`${address}/run/echo`, '[]', STREAM)).status).toBe(422);
  });

  test('a quiet one is kept alive by comments', async () => {
    const host = new ScriptedHost({});
    host.behave = async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return succeededWith('1');
    };
    const { address } = await openRunner(host, { keepAliveMs: 10 });
    const { text } = await post(`${address}/run/echo`, {}, STREAM);
    expect(text).toContain(': keep-alive');
    expect(parse(text).at(-1)).toEqual(['result', { result: 1 }]);
  });

  test('is cancelled when its follower goes away', async () => {
    const host = new ScriptedHost({});
    let isCancelled = false;
    host.behave = async (request, hooks) => {
      hooks.onEvent!({ type: 'progress', progress: 0 });
      const outcome = await untilCancelled(request, hooks);
      isCancelled = true;
      return outcome;
    };
    const { address } = await openRunner(host);
    const abort = new AbortController();
    await fetch(`${address}/run/echo`, { method: 'POST', body: '{}', headers: STREAM, signal: abort.signal });
    abort.abort();
    await until('the run is cancelled', () => isCancelled);
  });

  test('is cancelled when its follower takes nothing and megabytes wait for it', async () => {
    const host = new ScriptedHost({});
    let isCancelled = false;
    host.behave = async (request, hooks) => {
      const cancelled = untilCancelled(request, hooks);
      const chunk = 'x'.repeat(100_000);
      const timer = setInterval(() => {
        for (let times = 0; times < 20; times++) hooks.onEvent!({ type: 'chunk', chunk });
      }, 1);
      const outcome = await cancelled;
      clearInterval(timer);
      isCancelled = true;
      return outcome;
    };
    const { port } = await openRunner(host);
    const socket = connect(port, '127.0.0.1');
    releaseLater({ close: () => socket.destroy() });
    socket.on('error', () => undefined);
    const head = 'POST /run/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    socket.write(`${head}accept: text/event-stream\r\ncontent-length: 2\r\n\r\n{}`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    await until('the run is cancelled', () => isCancelled);
  });
});
