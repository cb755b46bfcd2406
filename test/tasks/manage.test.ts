import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor, Task } from '../../src/protocol/index.js';
import { fail, succeed } from '../controller/scripted-dispatcher.js';
import { openYard, type TestYard } from '../controller/test-yard.js';

const PICKY: Descriptor = {
  name: 'picky',
  mode: 'unary',
  limits: {},
  input: {
    type: 'object',
    properties: { n: { type: 'integer' } },
    required: ['n'],
    additionalProperties: false,
  },
};

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard({ descriptors: [PICKY] });
  yard.dispatcher.offer('picky', ({ args }) => {
    const { n } = args as { n?: unknown };
    return n === 0 ? fail('input_refused') : succeed(n);
  });
});
afterEach(() => yard.close());

async function submitDead(): Promise<Task> {
  const { id } = await yard.submit('picky', { payload: { n: 0 } });
  return yard.untilEnded(id);
}

test('an unknown task is not found', async () => {
  expect(await yard.tasks.get('nope')).toBeUndefined();
  await expect(yard.tasks.cancel('nope')).rejects.toMatchObject({ code: 'task_not_found' });
  await expect(yard.tasks.redrive('nope')).rejects.toMatchObject({ code: 'task_not_found' });
  await expect(yard.tasks.wait('nope')).rejects.toMatchObject({ code: 'task_not_found' });
  await expect(yard.tasks.follow('nope')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: 'task_not_found',
  });
});

describe('cancel', () => {
  test('of an ended task is refused, saying its state', async () => {
    await yard.start();
    const { id } = await yard.submit('picky', { payload: { n: 1 } });
    await yard.untilEnded(id);
    await expect(yard.tasks.cancel(id)).rejects.toMatchObject({
      code: 'task_conflict',
      message: expect.stringContaining('succeeded') as string,
    });
    const dead = await submitDead();
    await expect(yard.tasks.cancel(dead.id)).rejects.toMatchObject({ code: 'task_conflict' });
  });

  test('of a cancelled task changes nothing', async () => {
    const { id } = await yard.submit('picky', { payload: { n: 1 } });
    const cancelled = await yard.tasks.cancel(id);
    yard.clock.advance(1_000);
    expect(await yard.tasks.cancel(id)).toEqual(cancelled);
  });
});

describe('redrive', () => {
  test('gives a dead task a new start with its counts reset and its story kept', async () => {
    await yard.start();
    const dead = await submitDead();
    const redriven = await yard.tasks.redrive(dead.id);
    expect(redriven).toMatchObject({ state: 'waiting', attemptCount: 0 });
    const again = await yard.untilEnded(dead.id);
    expect(again.state).toBe('dead');
    expect(again.attempts).toHaveLength(2);
  });

  test('takes another payload, checked against the schema', async () => {
    await yard.start();
    const { id } = await submitDead();
    await expect(yard.tasks.redrive(id, { n: 'one' })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: '/n' }],
    });
    await expect(yard.tasks.redrive(id, [] as never)).rejects.toMatchObject({ code: 'malformed_request' });
    expect(await yard.store.get(id)).toMatchObject({ state: 'dead' });
    await yard.tasks.redrive(id, { n: 5 });
    expect(await yard.untilEnded(id)).toMatchObject({
      state: 'succeeded',
      payload: { n: 5 },
      resultJson: '5',
    });
  });

  test('brings a cancelled task back', async () => {
    const { id } = await yard.submit('picky', { payload: { n: 1 } });
    await yard.tasks.cancel(id);
    await yard.tasks.redrive(id);
    await yard.start();
    expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
  });

  test('of a waiting or succeeded task is refused, and of several at once one wins', async () => {
    const { id } = await yard.submit('picky', { payload: { n: 1 } });
    await expect(yard.tasks.redrive(id)).rejects.toMatchObject({ code: 'task_conflict' });
    await yard.start();
    await yard.untilEnded(id);
    await expect(yard.tasks.redrive(id)).rejects.toMatchObject({ code: 'task_conflict' });
    const dead = await submitDead();
    const tries = await Promise.allSettled([1, 2, 3].map(() => yard.tasks.redrive(dead.id)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await yard.untilEnded(dead.id)).attempts).toHaveLength(2);
  });

  test('redrives all of a filter in batches, telling how far it is', async () => {
    const controller = await yard.start();
    const ids = await Promise.all(
      Array.from({ length: 250 }, async () => (await yard.submit('picky', { payload: { n: 0 } })).id),
    );
    for (const id of ids) await yard.untilEnded(id);
    const other = await yard.submit('other');
    await yard.tasks.cancel(other.id);
    await controller.close();
    const steps: number[] = [];
    const done = await yard.tasks.redriveAll({ algorithm: 'picky' }, ({ redriven }) => steps.push(redriven));
    expect(done).toEqual({ redriven: 250, skipped: 0 });
    expect(steps).toEqual([100, 200, 250]);
    expect(await yard.depth('picky')).toMatchObject({ ready: 250 });
    expect(await yard.store.get(other.id)).toMatchObject({ state: 'cancelled' });
    expect(await yard.tasks.redriveAll({ state: 'cancelled' })).toEqual({ redriven: 1, skipped: 0 });
    await expect(yard.tasks.redriveAll({ state: 'running' })).rejects.toMatchObject({
      code: 'task_conflict',
    });
  });

  test('tasks that die again meanwhile are not taken twice', async () => {
    await yard.start();
    const ids = await Promise.all(
      Array.from({ length: 150 }, async () => (await yard.submit('picky', { payload: { n: 0 } })).id),
    );
    for (const id of ids) await yard.untilEnded(id);
    const { redriven } = await yard.tasks.redriveAll({});
    expect(redriven).toBe(150);
    for (const id of ids) {
      await yard.until('dead again', id, ({ state, attempts }) => state === 'dead' && attempts.length === 2);
    }
  });
});
