import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../until.js';
import { Gate, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard.close());

test('a full algorithm never delays another one', async () => {
  const gate = new Gate();
  yard.dispatcher.offer('stuck', gate.run, 2);
  yard.dispatcher.offer('quick', () => succeed(), 1);
  await yard.start();
  for (let i = 0; i < 50; i++) await yard.submit('stuck');
  await until('it is full', () => gate.requests.length === 2);
  const ids = await Promise.all(Array.from({ length: 20 }, async () => (await yard.submit('quick')).id));
  for (const id of ids) expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
  expect(gate.requests).toHaveLength(2);
  expect(await yard.depth('stuck')).toEqual({ ready: 48, delayed: 0, claimed: 2 });
});

test('no more long runs are taken than runners have places', async () => {
  yard.dispatcher.offer(
    'a',
    async () => {
      await new Promise(setImmediate);
      return { ...succeed(), durationMs: 50 };
    },
    3,
  );
  await yard.start();
  const tasks = await Promise.all(Array.from({ length: 60 }, () => yard.submit('a')));
  for (const { id } of tasks) await yard.untilEnded(id);
  expect(yard.dispatcher.peak('a')).toBe(3);
});

test('an algorithm that appears later gets the tasks that wait for it', async () => {
  await yard.start();
  const { id } = await yard.submit('late');
  expect(await yard.depth('late')).toMatchObject({ ready: 1, claimed: 0 });
  yard.dispatcher.offer('late', () => succeed());
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
});

test('higher priorities go first, equal ones in the order they came', async () => {
  const ids = new Map<string, string>();
  for (const [name, priority] of Object.entries({
    low: 0,
    usual: undefined,
    first: 9,
    second: 9,
    middle: 5,
  })) {
    const { id } = await yard.submit('a', priority === undefined ? {} : { priority });
    ids.set(id, name);
  }
  yard.dispatcher.offer('a', () => succeed(), 1);
  await yard.start();
  await until('all have run', () => yard.dispatcher.requests.length === 5);
  expect(yard.dispatcher.requests.map(({ id }) => ids.get(id))).toEqual([
    'first',
    'second',
    'middle',
    'usual',
    'low',
  ]);
});

test('a task waits for its `runAt`, and several start in the order of theirs', async () => {
  yard.dispatcher.offer('a', () => succeed());
  await yard.start();
  const now = yard.clock.read();
  const later = await yard.submit('a', { runAt: now + 2_000 });
  const sooner = await yard.submit('a', { runAt: now + 1_000 });
  const atOnce = await yard.submit('a');
  await yard.untilEnded(atOnce.id);
  yard.clock.advance(999);
  expect(await yard.depth('a')).toMatchObject({ delayed: 2 });
  yard.clock.advance(1);
  await yard.untilEnded(sooner.id);
  expect(await yard.store.get(later.id)).toMatchObject({ state: 'waiting' });
  yard.clock.advance(1_000);
  await yard.untilEnded(later.id);
  expect(yard.dispatcher.requests.map(({ id }) => id)).toEqual([atOnce.id, sooner.id, later.id]);
});

test('the number of runs over all algorithms is bounded, and each gets its turn', async () => {
  const gates = { a: new Gate(), b: new Gate(), c: new Gate() };
  for (const [name, gate] of Object.entries(gates)) yard.dispatcher.offer(name, gate.run, 10);
  const controller = await yard.start({ settings: { maxConcurrency: 2 } });
  for (const name of Object.keys(gates)) for (let i = 0; i < 4; i++) await yard.submit(name);
  for (let ended = 0; ended < 12; ended++) {
    await until('two run', () => controller.health().running >= Math.min(2, 12 - ended));
    expect(controller.health().inFlight).toBeLessThanOrEqual(2);
    const [oldest] = yard.dispatcher.requests.slice(ended);
    gates[oldest?.algorithm as keyof typeof gates].open();
    await until(
      'it is settled',
      () => controller.health().running < 2 || yard.dispatcher.requests.length > ended + 2,
    );
  }
  const order = yard.dispatcher.requests.map(({ algorithm }) => algorithm);
  expect(order).toHaveLength(12);
  // Nobody has to wait until another lane is empty.
  expect(new Set(order.slice(0, 6)).size).toBe(3);
});

test('many tasks over many lanes all end, once each', async () => {
  const seen = new Map<string, number>();
  for (let lane = 0; lane < 20; lane++) {
    yard.dispatcher.offer(
      `lane_${lane}`,
      async ({ id }) => {
        seen.set(id, (seen.get(id) ?? 0) + 1);
        await new Promise(setImmediate);
        return succeed();
      },
      1 + (lane % 5),
    );
  }
  await yard.start();
  const tasks = await Promise.all(Array.from({ length: 1_000 }, (_, i) => yard.submit(`lane_${i % 20}`)));
  await until('all have ended', async () => {
    const counts = await yard.store.counts();
    return (
      counts.filter(({ state }) => state === 'succeeded').reduce((sum, { count }) => sum + count, 0) === 1_000
    );
  });
  expect(seen.size).toBe(tasks.length);
  expect([...seen.values()].every((count) => count === 1)).toBe(true);
});
