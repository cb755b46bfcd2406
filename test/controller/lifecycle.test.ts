import { afterEach, beforeEach, expect, test } from 'vitest';
import { RunyardError } from '../../src/errors/index.js';
import type { TaskQueue } from '../../src/queue/index.js';
import type { TaskStore } from '../../src/store/index.js';
import { until } from '../until.js';
import { changeMethods } from './change-methods.js';
import { Gate, succeed } from './scripted-dispatcher.js';
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
  await until('it runs', () => gate.requests.some((request) => request.id === id));
  return id;
}

test('draining finishes what runs and takes nothing new', async () => {
  const controller = await yard.start();
  const id = await startRun();
  const next = await yard.submit('a');
  let isDrained = false;
  const drained = controller.drain().then(() => (isDrained = true));
  expect(controller.health()).toMatchObject({ state: 'draining', running: 1, inFlight: 1 });
  await yard.submit('a');
  expect(isDrained).toBe(false);
  gate.open(succeed('finished'));
  await drained;
  expect(await yard.store.get(id)).toMatchObject({ state: 'succeeded', resultJson: '"finished"' });
  expect(await yard.store.get(next.id)).toMatchObject({ state: 'waiting' });
  expect(await yard.depth('a')).toEqual({ ready: 2, delayed: 0, claimed: 0 });
  expect(controller.health()).toMatchObject({ running: 0, inFlight: 0 });
});

test('what was claimed when draining began, and comes after it, is given back unrun', async () => {
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => (answer = resolve));
  let isAsked = false;
  const { queue } = yard;
  const controller = await yard.start({
    queue: changeMethods<TaskQueue>(queue, {
      claim: async (demands) => {
        const deliveries = await queue.claim(demands);
        isAsked = deliveries.length > 0;
        await asked;
        return deliveries;
      },
    }),
  });
  await yard.submit('a');
  await until('it is claimed', () => isAsked);
  const drained = controller.drain();
  answer();
  await drained;
  expect(gate.requests).toEqual([]);
  expect(await yard.depth('a')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
});

test('closing aborts what runs after its grace, and another controller takes it at once, with no try burned', async () => {
  const controller = await yard.start({ settings: { closeGraceMs: 20 } });
  const id = await startRun();
  await controller.close();
  expect(controller.health()).toMatchObject({ state: 'closed', running: 0, inFlight: 0 });
  expect(await yard.store.get(id)).toMatchObject({ state: 'waiting', attempts: [] });
  expect(await yard.depth('a')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
  await yard.start();
  await until('it runs again', () => gate.requests.length === 2);
  gate.open(succeed());
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', lostCount: 0 });
});

test('closing does not wait for ever for a run that ignores its abort', async () => {
  yard.dispatcher.offer('deaf', () => new Promise(() => {}));
  const controller = await yard.start({ settings: { closeGraceMs: 10, abortGraceMs: 10 } });
  const { id } = await yard.submit('deaf');
  await yard.until('running', id, ({ state }) => state === 'running');
  await controller.close();
  expect(await yard.store.get(id)).toMatchObject({ state: 'running' });
  expect(await yard.depth('deaf')).toMatchObject({ claimed: 1 });
});

test('a closed controller takes nothing', async () => {
  const controller = await yard.start();
  await controller.close();
  await yard.submit('a');
  yard.dispatcher.offer('a', gate.run, 5);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(gate.requests).toEqual([]);
});

test('an outcome that cannot be kept now is kept later, and not acknowledged before', async () => {
  let isFull = false;
  let refused = 0;
  const store = changeMethods<TaskStore>(yard.store, {
    endAttempt: async (id, end) => {
      if (!isFull) return yard.store.endAttempt(id, end);
      refused++;
      throw new RunyardError('queue_unavailable', 'the disk is full');
    },
  });
  await yard.start({ store, atomic: false });
  const id = await startRun();
  isFull = true;
  gate.open(succeed('precious'));
  await until('it was refused a few times', () => refused >= 3);
  expect(await yard.depth('a')).toMatchObject({ claimed: 1 });
  expect(await yard.store.get(id)).toMatchObject({ state: 'running' });
  isFull = false;
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', resultJson: '"precious"' });
  expect(gate.requests).toHaveLength(1);
});

test('an outcome that the store can never hold makes the task dead, saying so', async () => {
  const store = changeMethods<TaskStore>(yard.store, {
    endAttempt: async (id, end) => {
      if (end.outcome === 'succeeded') throw new RunyardError('internal', 'string or blob too big');
      return yard.store.endAttempt(id, end);
    },
  });
  await yard.start({ store });
  const id = await startRun();
  gate.open(succeed('huge'));
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'dead', error: { code: 'internal' } });
  expect(task.error?.message).toContain('too big');
});

test('an attempt that cannot be started now is given back and started later', async () => {
  let failures = 2;
  const store = changeMethods<TaskStore>(yard.store, {
    startAttempt: async (id, attempt) => {
      if (failures-- > 0) throw new RunyardError('queue_unavailable', 'the disk is full');
      return yard.store.startAttempt(id, attempt);
    },
  });
  await yard.start({ store });
  const { id } = await yard.submit('a');
  await until('it was given back twice', async () => {
    if ((await yard.depth('a')).delayed === 1) yard.clock.advance(1_000);
    return gate.requests.length === 1;
  });
  gate.open();
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
});

test('events that cannot be kept now are kept later, and before the end', async () => {
  let failures = 2;
  const store = changeMethods<TaskStore>(yard.store, {
    appendEvents: async (id, events) => {
      if (failures-- > 0) throw new RunyardError('queue_unavailable', 'the disk is full');
      return yard.store.appendEvents(id, events);
    },
  });
  yard.dispatcher.offer('talks', (_request, { onEvent }) => {
    onEvent?.({ type: 'chunk', chunk: 1 });
    return succeed();
  });
  await yard.start({ store });
  const { id } = await yard.submit('talks');
  await yard.untilEnded(id);
  expect(await yard.store.readEvents(id, 0, 10)).toMatchObject([{ seq: 1, data: { chunk: 1 } }]);
});

test('a queue that fails for a while is asked again', async () => {
  let failures = 3;
  const { queue } = yard;
  const controller = await yard.start({
    queue: changeMethods<TaskQueue>(queue, {
      claim: async (demands) => {
        if (failures-- > 0) throw new RunyardError('queue_unavailable', 'locked');
        return queue.claim(demands);
      },
    }),
    settings: { laneCheckIntervalMs: 3_600_000 },
  });
  await startRun();
  expect(failures).toBeLessThan(0);
  gate.open();
  await until('it is settled', () => controller.health().inFlight === 0);
});

test('a message without a task is dropped', async () => {
  await yard.queue.publish({ id: 'stray', algorithm: 'a', priority: 4 });
  await yard.start();
  await until('it is gone', async () => {
    const { ready, claimed } = await yard.depth('a');
    return ready + claimed === 0;
  });
  expect(gate.requests).toEqual([]);
  await startRun();
  gate.open();
});
