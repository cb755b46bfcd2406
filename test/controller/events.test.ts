import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/index.js';
import { until } from '../until.js';
import { fail, Gate, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard.close());

const log = (line: string): RunEvent => ({ type: 'log', log: { time: 5, stream: 'stderr', line } });
const chunk = (value: unknown): RunEvent => ({ type: 'chunk', chunk: value });

function offerEvents(algorithm: string, events: readonly RunEvent[]): void {
  yard.dispatcher.offer(algorithm, (_request, { onEvent }) => {
    for (const event of events) onEvent?.(event);
    return succeed();
  });
}

test('chunks, log lines and progress are kept in order, before the end is seen', async () => {
  offerEvents('a', [
    chunk(1),
    log('hello'),
    chunk({ two: 2 }),
    { type: 'progress', progress: 0.5, message: 'half' },
  ]);
  await yard.start();
  const { id } = await yard.submit('a');
  const seen: unknown[] = [];
  for await (const item of yard.tasks.follow(id)) {
    seen.push(item.type === 'event' ? [item.event.seq, item.event.type, item.event.data] : item.task.state);
  }
  expect(seen.slice(-5)).toEqual([
    [1, 'chunk', { chunk: 1 }],
    [2, 'log', { stream: 'stderr', line: 'hello' }],
    [3, 'chunk', { chunk: { two: 2 } }],
    [4, 'progress', { progress: 0.5, message: 'half' }],
    'succeeded',
  ]);
});

test('events come while the task runs', async () => {
  const gate = new Gate();
  yard.dispatcher.offer('a', (request, hooks) => {
    hooks.onEvent?.(chunk('early'));
    return gate.run(request, hooks);
  });
  await yard.start();
  const { id } = await yard.submit('a');
  const events = await until('the event is there', async () => {
    const found = await yard.store.readEvents(id, 0, 10);
    return found.length > 0 && found;
  });
  expect(events).toMatchObject([{ attempt: 1, type: 'chunk', data: { chunk: 'early' } }]);
  expect(await yard.store.get(id)).toMatchObject({ state: 'running' });
  gate.open();
});

test('of progress that comes too fast, the latest counts; nothing else is dropped', async () => {
  const flood: RunEvent[] = [];
  for (let i = 1; i <= 1_000; i++) flood.push({ type: 'progress', progress: i / 1_000 }, chunk(i));
  offerEvents('a', flood);
  await yard.start();
  const { id } = await yard.submit('a');
  await yard.untilEnded(id);
  const events = await yard.store.readEvents(id, 0, 1_000);
  events.push(...(await yard.store.readEvents(id, 1_000, 1_000)));
  expect(events.filter(({ type }) => type === 'chunk').map(({ data }) => data)).toEqual(
    Array.from({ length: 1_000 }, (_, i) => ({ chunk: i + 1 })),
  );
  const progress = events.filter(({ type }) => type === 'progress');
  expect(progress.length).toBeLessThanOrEqual(2);
  expect(progress.at(-1)?.data).toEqual({ progress: 1 });
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
});

test('progress that was held back is written when its time has come', async () => {
  const gate = new Gate();
  yard.dispatcher.offer('a', (request, hooks) => {
    hooks.onEvent?.({ type: 'progress', progress: 0.1 });
    setTimeout(() => {
      hooks.onEvent?.({ type: 'progress', progress: 0.2 });
      hooks.onEvent?.({ type: 'progress', progress: 0.3 });
    }, 60);
    return gate.run(request, hooks);
  });
  await yard.start({ settings: { eventFlushMs: 5 } });
  const { id } = await yard.submit('a');
  const readProgress = async (): Promise<unknown[]> =>
    (await yard.store.readEvents(id, 0, 10)).map(({ data }) => data);
  await until('the first is there', async () => (await readProgress()).length === 1);
  yard.clock.advance(1_000);
  await until('the last is there', async () => (await readProgress()).length === 2);
  expect(await readProgress()).toEqual([{ progress: 0.1 }, { progress: 0.3 }]);
  gate.open();
});

test('an endless story is cut with a note', async () => {
  offerEvents(
    'a',
    Array.from({ length: 50 }, (_, i) => log(`line ${i}`)),
  );
  await yard.start({ settings: { maxEvents: 10 } });
  const { id } = await yard.submit('a');
  await yard.untilEnded(id);
  const events = await yard.store.readEvents(id, 0, 100);
  expect(events).toHaveLength(11);
  expect(events.at(-1)?.data).toMatchObject({
    stream: 'log',
    line: expect.stringContaining('More than 10 events') as string,
  });
});

test('each attempt tells its own story', async () => {
  let tries = 0;
  yard.dispatcher.offer('a', (_request, { onEvent }) => {
    onEvent?.(chunk(++tries));
    return tries === 1 ? fail('algorithm_error') : succeed();
  });
  await yard.start({ settings: { backoffMs: 0 } });
  const { id } = await yard.submit('a');
  await yard.untilEnded(id);
  expect(await yard.store.readEvents(id, 0, 10)).toMatchObject([
    { seq: 1, attempt: 1, data: { chunk: 1 } },
    { seq: 2, attempt: 2, data: { chunk: 2 } },
  ]);
});
