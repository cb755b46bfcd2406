import { expect, test } from 'vitest';
import { createRemoteDirectory } from '../../src/discovery/index.js';
import { createDispatcher, createHttpTransport } from '../../src/dispatch/index.js';
import type { RunEvent } from '../../src/protocol/index.js';
import { openDiscovery } from '../discovery/registrations.js';
import { createRequest } from '../dispatch/test-yard.js';
import { openHost } from '../host/host-fixture.js';
import { serveOriginalRunner } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openRunner } from './open-runner.js';

const NAMES = ['echo', 'pid', 'sleep', 'progress', 'fail', 'die', 'print'];

/** Discovery, two runners with real processes, and a dispatcher that finds them, all over HTTP. */
async function openWhole() {
  const discovery = await openDiscovery();
  const open = async (id: string) =>
    openRunner(await openHost('normal.mjs', NAMES), { id, discoveries: [discovery.url] });
  const runners = [await open('one'), await open('two')];
  const directory = releaseLater(createRemoteDirectory({ urls: [discovery.url] }));
  const transport = releaseLater(createHttpTransport());
  const dispatcher = releaseLater(createDispatcher({ directory, transport }));
  await until('both runners are known', () => directory.runners().length === 2);
  const run = (algorithm: string, args: Record<string, unknown> = {}, hooks = {}) =>
    dispatcher.run(createRequest(algorithm, { args }), hooks);
  return { discovery, runners, directory, dispatcher, run };
}

test('a run goes through discovery, dispatcher and runner to a process, and its end comes back', async () => {
  const { run } = await openWhole();
  expect(await run('echo', { text: 'é' })).toMatchObject({ ok: true, resultJson: '{"text":"é"}' });
  const events: RunEvent[] = [];
  const hooks = { onEvent: (event: RunEvent) => events.push(event) };
  expect(await run('progress', { values: [0.1, 0.9] }, hooks)).toMatchObject({ ok: true });
  expect(events.filter(({ type }) => type === 'progress')).toEqual([
    { type: 'progress', progress: 0.1, message: 'at 0.1' },
    { type: 'progress', progress: 0.9, message: 'at 0.9' },
  ]);
  const printed = await run('print', { lines: ['a line'] }, hooks);
  expect(printed.logs).toMatchObject([{ stream: 'stdout', line: 'a line' }]);
  expect(await run('fail', { type: 'KeyError', message: 'no such key' })).toMatchObject({
    error: { class: 'failed', code: 'algorithm_error', errorType: 'KeyError', message: 'no such key' },
  });
  expect(await run('die')).toMatchObject({ error: { class: 'crashed', code: 'process_died' } });
});

test('cancelling reaches the process, and its place is free again', async () => {
  const { run, dispatcher, runners } = await openWhole();
  const free = dispatcher.freeCapacity('sleep');
  const abort = new AbortController();
  const running = run('sleep', { ms: 60_000 }, { signal: abort.signal });
  await until('a process runs it', () => runners.some((runner) => runner.health().processes.running === 1));
  abort.abort();
  expect(await running).toMatchObject({ error: { class: 'cancelled' } });
  await until('no process runs it', () => runners.every((runner) => runner.health().processes.running === 0));
  expect(dispatcher.freeCapacity('sleep')).toBe(free);
});

test('a runner that drains finishes its run, gets no more, and is gone; the other one goes on', async () => {
  const { run, runners, directory } = await openWhole();
  const running = [run('sleep', { ms: 300 }), run('sleep', { ms: 300 })];
  await until('both have one', () => runners.every((runner) => runner.health().processes.running === 1));
  const [one] = runners;
  const draining = one!.drain();
  for (let times = 0; times < 20; times++)
    expect(await run('pid')).toMatchObject({ ok: true, runner: 'two' });
  await draining;
  for (const outcome of await Promise.all(running)) expect(outcome).toMatchObject({ ok: true });
  await one!.close();
  await until('it is gone', () => directory.runners().length === 1);
});

test('a runner of the original programs takes its part, and is left alone when it dies', async () => {
  const { discovery, run, directory } = await openWhole();
  const original = await serveOriginalRunner();
  await fetch(`${discovery.url}/algorithms`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ algorithm: 'ocr', host: original.url }),
  });
  await until('it is known', () => directory.find('ocr').length === 1);
  expect(await run('ocr', { image_url: 'four' })).toMatchObject({ ok: true, resultJson: '4' });
  await original.close();
  for (let times = 0; times < 5; times++)
    expect(await run('ocr', { image_url: 'four' })).toMatchObject({
      error: { class: 'busy', code: 'runner_unreachable' },
    });
});
