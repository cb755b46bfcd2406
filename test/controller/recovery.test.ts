import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TaskQueue } from '../../src/queue/index.js';
import type { TaskStore } from '../../src/store/index.js';
import { createMetrics } from '../../src/telemetry/index.js';
import { until } from '../until.js';
import { changeMethods } from './change-methods.js';
import { Gate, succeed } from './scripted-dispatcher.js';
import { openYard, type FakeClock, type TestYard } from './test-yard.js';

const LEASE_MS = 300;

let yard: TestYard;
let others: TestYard[];
beforeEach(async () => {
  yard = await openYard();
  others = [];
});
afterEach(async () => {
  for (const other of others) await other.close();
  await yard.close();
});

/** A second process on the same file. */
async function openOther(clock: FakeClock = yard.clock): Promise<TestYard> {
  const other = await openYard({ dir: yard.dir, clock, leaseMs: LEASE_MS });
  others.push(other);
  return other;
}

test('a task whose controller vanished runs again elsewhere, and the late result is dropped', async () => {
  const slow = new Gate();
  const metrics = createMetrics();
  const dead = await openOther();
  dead.dispatcher.offer('a', slow.run);
  await dead.start({ metrics, settings: { closeGraceMs: 1_000 } });
  const { id } = await yard.submit('a');
  await until('it runs there', () => slow.requests.length === 1);
  // As a process that stands still does: it renews no lease.
  await dead.queue.close();
  yard.dispatcher.offer('a', () => succeed('second'));
  await yard.start();
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'succeeded', resultJson: '"second"', lostCount: 1 });
  expect(task.attempts).toMatchObject([{ number: 1, error: { code: 'attempt_lost' } }, { number: 2 }]);
  slow.open(succeed('first, and too late'));
  await until('the late one is noticed', async () =>
    (await metrics.registry.metrics()).includes('runyard_attempts_total{algorithm="a",outcome="late"} 1'),
  );
  expect(await yard.store.get(id)).toEqual(task);
});

test('a task dies after its controller vanished too often', async () => {
  const slow = new Gate();
  const { id } = await yard.submit('a');
  for (let i = 1; i <= 2; i++) {
    const dead = await openOther();
    dead.dispatcher.offer('a', slow.run);
    await dead.start();
    await until('it runs there', () => slow.requests.length === i);
    await dead.queue.close();
  }
  yard.dispatcher.offer('a', () => succeed());
  await yard.start({ settings: { maxLostDeliveries: 1 } });
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({
    state: 'dead',
    error: { class: 'crashed', code: 'attempt_lost' },
  });
  expect(yard.dispatcher.requests).toEqual([]);
});

test('a controller that vanishes between settling and acknowledging leaves one success, and nothing runs twice', async () => {
  const dead = await openOther();
  dead.dispatcher.offer('a', () => succeed('once'));
  const { queue } = dead;
  await dead.start({
    atomic: false,
    queue: changeMethods<TaskQueue>(queue, {
      claim: async (demands) => {
        const deliveries = await queue.claim(demands);
        return deliveries.map((it) => ({ ...it, ack: () => new Promise<boolean>(() => {}) }));
      },
    }),
    settings: { closeGraceMs: 0, abortGraceMs: 0 },
  });
  const { id } = await yard.submit('a');
  const task = await yard.untilEnded(id);
  await queue.close();
  yard.dispatcher.offer('a', () => succeed('twice'));
  await yard.start();
  await until('the message is delivered again and acknowledged', async () => {
    const { ready, claimed } = await yard.depth('a');
    return ready + claimed === 0;
  });
  expect(yard.dispatcher.requests).toEqual([]);
  expect(await yard.store.get(id)).toEqual(task);
  expect(task).toMatchObject({ resultJson: '"once"' });
});

test('after a restart, running and waiting tasks are taken up again', async () => {
  const slow = new Gate();
  const before = await openOther();
  before.dispatcher.offer('a', slow.run, 2);
  await before.start();
  const tasks = await Promise.all(Array.from({ length: 5 }, () => yard.submit('a')));
  await until('two run', () => slow.requests.length === 2);
  await before.queue.close();
  yard.dispatcher.offer('a', () => succeed('after'));
  await yard.start();
  for (const { id } of tasks) expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
});

test('two controllers on one file share the work, and nothing succeeds twice', async () => {
  const runs = new Map<string, number>();
  const sides = [yard, await openOther()];
  for (const side of sides) {
    side.dispatcher.offer('a', async ({ id }) => {
      runs.set(id, (runs.get(id) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return succeed();
    });
    await side.start();
  }
  const tasks = await Promise.all(
    Array.from({ length: 400 }, (_, i) => (i % 2 ? yard : (sides[1] ?? yard)).submit('a')),
  );
  for (const { id } of tasks) {
    const task = await yard.untilEnded(id);
    expect(task.attempts).toHaveLength(1);
  }
  expect(runs.size).toBe(400);
  expect([...runs.values()].every((count) => count === 1)).toBe(true);
  for (const side of sides) expect(side.dispatcher.requests.length).toBeGreaterThan(0);
});

test('a second process’s submission is taken up without delay', async () => {
  yard.dispatcher.offer('a', () => succeed());
  await yard.start({ settings: { laneCheckIntervalMs: 3_600_000 } });
  const other = await openOther();
  const asked = performance.now();
  const { id } = await other.submit('a');
  await yard.untilEnded(id);
  expect(performance.now() - asked).toBeLessThan(1_000);
});

test('a task whose start the database has forgotten runs again from the message it came with', async () => {
  const slow = new Gate();
  let starts = 0;
  yard.dispatcher.offer('a', slow.run);
  await yard.start({
    atomic: false,
    store: changeMethods<TaskStore>(yard.store, {
      startAttempt: async (id, start) => {
        const task = await yard.store.startAttempt(id, start);
        const base = { token: start.token, endedAt: start.startedAt };
        // As after a crash: the record is what it was before.
        if (starts++ === 0)
          await yard.store.endAttempt(id, { ...base, outcome: 'released', availableAt: start.startedAt });
        return task;
      },
    }),
  });
  const { id } = await yard.submit('a');
  await until('it runs', () => slow.requests.length === 1);
  expect(await yard.store.get(id)).toMatchObject({ state: 'waiting', attempts: [] });
  slow.open(succeed('of an attempt that nobody knows'));
  await until('it runs again', () => slow.requests.length === 2);
  slow.open(succeed('done'));
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'succeeded', resultJson: '"done"', attempts: [{ number: 1 }] });
  expect(starts).toBe(2);
  await until('its message is gone', async () => (await yard.depth('a')).claimed === 0);
  expect(await yard.depth('a')).toEqual({ ready: 0, delayed: 0, claimed: 0 });
});
