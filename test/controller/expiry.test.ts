import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../until.js';
import { fail, Gate, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

const HOUR = 3_600_000;

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard.close());

test('a task whose deadline passes while it waits is dead, and its message gone', async () => {
  const gate = new Gate();
  yard.dispatcher.offer('a', gate.run, 1);
  await yard.start();
  await yard.submit('a');
  await until('the place is taken', () => gate.requests.length === 1);
  const { id } = await yard.submit('a', { deadline: yard.clock.read() + 1_000 });
  const patient = await yard.submit('a', { deadline: yard.clock.read() + 5_000 });
  yard.clock.advance(1_001);
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'dead', error: { class: 'expired', code: 'expired' }, attempts: [] });
  await until('the message is gone', async () => (await yard.depth('a')).ready === 1);
  expect(await yard.store.get(patient.id)).toMatchObject({ state: 'waiting' });
});

test('a task that is taken up after its deadline is not run', async () => {
  const { id } = await yard.submit('a', { deadline: yard.clock.read() + 1_000 });
  yard.clock.advance(1_001);
  yard.dispatcher.offer('a', () => succeed());
  await yard.start({ settings: { sweepIntervalMs: 3_600_000 } });
  expect(await yard.untilEnded(id)).toMatchObject({
    state: 'dead',
    error: { code: 'expired' },
    attempts: [],
  });
  expect(yard.dispatcher.requests).toEqual([]);
  await until('the message is gone', async () => (await yard.depth('a')).claimed === 0);
});

test('a deadline asks for the start: one that passes later neither ends the run nor the next tries', async () => {
  const gate = new Gate();
  yard.dispatcher.offer('a', gate.run);
  await yard.start();
  const { id } = await yard.submit('a', { deadline: yard.clock.read() + 1_000 });
  await until('it runs', () => gate.requests.length === 1);
  yard.clock.advance(2_000);
  gate.open(fail('algorithm_error'));
  await yard.until('waiting', id, ({ state, attempts }) => state === 'waiting' && attempts.length === 1);
  yard.clock.advance(2_000);
  await until('it runs again', () => gate.requests.length === 2);
  gate.open(succeed());
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
});

test('what nobody offers for an hour is dead; a younger task of the lane waits on', async () => {
  await yard.start();
  const old = await yard.submit('nobody');
  yard.clock.advance(HOUR / 2);
  const young = await yard.submit('nobody');
  yard.clock.advance(HOUR / 2 + 1);
  const task = await yard.untilEnded(old.id);
  expect(task).toMatchObject({ state: 'dead', error: { class: 'expired', code: 'expired' } });
  expect(task.error?.message).toContain('"nobody"');
  await until('one message is left', async () => (await yard.depth('nobody')).ready === 1);
  expect(await yard.store.get(young.id)).toMatchObject({ state: 'waiting' });
});

test('an offer in between starts the hour anew', async () => {
  const gate = new Gate();
  await yard.start();
  yard.dispatcher.offer('a', gate.run, 1);
  const first = await yard.submit('a');
  await until('it runs', () => gate.requests.length === 1);
  const { id } = await yard.submit('a');
  yard.clock.advance(HOUR - 1_000);
  yard.dispatcher.offer('a', gate.run, 1);
  yard.dispatcher.withdraw('a');
  yard.clock.advance(2_000);
  await yard.submit('b', { deadline: yard.clock.read() });
  const marker = await yard.submit('b', { deadline: yard.clock.read() - 1 });
  await yard.untilEnded(marker.id);
  expect(await yard.store.get(id)).toMatchObject({ state: 'waiting' });
  gate.open();
  await yard.untilEnded(first.id);
  yard.clock.advance(HOUR);
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'dead', error: { code: 'expired' } });
});

test('the hour counts from the controller’s start: what waited while it was down gets its chance', async () => {
  const { id } = await yard.submit('nobody');
  yard.clock.advance(10 * HOUR);
  await yard.start();
  const marker = await yard.submit('b', { deadline: yard.clock.read() - 1 });
  await yard.untilEnded(marker.id);
  expect(await yard.store.get(id)).toMatchObject({ state: 'waiting' });
  yard.clock.advance(HOUR + 1);
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'dead' });
});

test('more tasks than fit one sweep’s batch are all ended', async () => {
  const deadline = yard.clock.read() + 1_000;
  const tasks = await Promise.all(Array.from({ length: 450 }, () => yard.submit('nobody', { deadline })));
  yard.clock.advance(2_000);
  await yard.start();
  for (const { id } of tasks) await yard.untilEnded(id);
  await until('all messages are gone', async () => (await yard.depth('nobody')).ready === 0);
});

test('ended tasks are deleted after their retention time, others stay', async () => {
  yard.dispatcher.offer('a', () => succeed());
  await yard.start({ settings: { retentionMs: 10_000 } });
  const old = await yard.submit('a');
  await yard.untilEnded(old.id);
  const waiting = await yard.submit('nobody');
  yard.clock.advance(6_000);
  const young = await yard.submit('a');
  await yard.untilEnded(young.id);
  yard.clock.advance(5_000);
  await until('the old one is gone', async () => (await yard.store.get(old.id)) === undefined);
  expect(await yard.store.get(young.id)).toMatchObject({ state: 'succeeded' });
  expect(await yard.store.get(waiting.id)).toMatchObject({ state: 'waiting' });
});
