import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../until.js';
import { fail, Gate, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

let yard: TestYard;
let gate: Gate;
beforeEach(async () => {
  yard = await openYard();
  gate = new Gate();
  yard.dispatcher.offer('a', gate.run, 1);
});
afterEach(() => yard.close());

async function startRun(): Promise<string> {
  const { id } = await yard.submit('a');
  await yard.until('running', id, ({ state }) => state === 'running');
  await until('it runs', () => gate.requests.some((request) => request.id === id));
  return id;
}

test('a waiting task is cancelled and never runs', async () => {
  await yard.start();
  await startRun();
  const { id } = await yard.submit('a');
  expect(await yard.tasks.cancel(id)).toMatchObject({ state: 'cancelled', error: { class: 'cancelled' } });
  expect(await yard.depth('a')).toEqual({ ready: 0, delayed: 0, claimed: 1 });
  gate.open();
  await until('the place is free', async () => (await yard.depth('a')).claimed === 0);
  expect(gate.requests).toHaveLength(1);
});

test('a running task is cancelled by any service on the same store', async () => {
  await yard.start();
  const id = await startRun();
  expect(await yard.tasks.cancel(id)).toMatchObject({ state: 'running', cancelRequested: true });
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'cancelled', error: { class: 'cancelled', code: 'cancelled' } });
  expect(await yard.depth('a')).toEqual({ ready: 0, delayed: 0, claimed: 0 });
});

test('a running task is cancelled within a second by another process', async () => {
  await yard.start({ settings: { cancelCheckMs: 200 } });
  const id = await startRun();
  const other = await openYard({ dir: yard.dir, clock: yard.clock });
  const asked = performance.now();
  await other.tasks.cancel(id);
  await yard.untilEnded(id);
  expect(performance.now() - asked).toBeLessThan(1_000);
  await other.close();
});

test('a controller in the same process is told at once, without looking at the store', async () => {
  const controller = await yard.start({ settings: { cancelCheckMs: 3_600_000 } });
  const id = await startRun();
  expect(controller.cancel('no-such-task')).toBe(false);
  await yard.tasks.cancel(id);
  expect(controller.cancel(id)).toBe(true);
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'cancelled' });
});

test('a run that fails after its cancellation is not tried again', async () => {
  yard.dispatcher.offer(
    'b',
    (_request, { signal }) =>
      new Promise((resolve) =>
        signal?.addEventListener('abort', () => resolve(fail('process_died', 'SIGKILL'))),
      ),
  );
  await yard.start();
  const { id } = await yard.submit('b');
  await yard.until('running', id, ({ state }) => state === 'running');
  await yard.tasks.cancel(id);
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'cancelled', crashCount: 0 });
  expect(task.error?.message).toContain('SIGKILL');
});

test('a result that came in spite of the cancellation is kept', async () => {
  yard.dispatcher.offer(
    'b',
    (_request, { signal }) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve(succeed('done anyway')))),
  );
  await yard.start();
  const { id } = await yard.submit('b');
  await yard.until('running', id, ({ state }) => state === 'running');
  await yard.tasks.cancel(id);
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', resultJson: '"done anyway"' });
});

test('a task waiting for its next try is cancelled like any waiting one', async () => {
  await yard.start();
  const id = await startRun();
  gate.open(fail('algorithm_error'));
  await yard.until('waiting', id, ({ state, attempts }) => state === 'waiting' && attempts.length === 1);
  await yard.tasks.cancel(id);
  expect(await yard.depth('a')).toEqual({ ready: 0, delayed: 0, claimed: 0 });
  expect(await yard.store.get(id)).toMatchObject({ state: 'cancelled' });
});

test('the wish to cancel outlives the controller that did not see it', async () => {
  const dead = await openYard({ dir: yard.dir, clock: yard.clock, leaseMs: 100 });
  dead.dispatcher.offer('a', gate.run);
  await dead.start({ settings: { cancelCheckMs: 3_600_000 } });
  const { id } = await yard.submit('a');
  await until('it runs there', () => gate.requests.length === 1);
  await yard.tasks.cancel(id);
  await dead.queue.close();
  await yard.start();
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'cancelled' });
  expect(gate.requests).toHaveLength(1);
  await dead.close();
});
