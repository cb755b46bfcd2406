import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Descriptor, NewTask } from '../../src/protocol/index.js';
import { createTaskIds, createTaskService } from '../../src/tasks/index.js';
import { createMetrics } from '../../src/telemetry/index.js';
import { changeMethods } from '../controller/change-methods.js';
import { succeed } from '../controller/scripted-dispatcher.js';
import { openYard, type TestYard } from '../controller/test-yard.js';

const OCR: Descriptor = {
  name: 'ocr',
  mode: 'unary',
  limits: {},
  input: {
    type: 'object',
    properties: { image_url: { type: 'string' }, pages: { type: 'integer', minimum: 1 } },
    required: ['image_url'],
    additionalProperties: false,
  },
};

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard({ descriptors: [OCR], service: { limits: { maxPayloadBytes: 1_000, maxDepth: 5 } } });
});
afterEach(() => yard.close());

const submit = (task: Partial<NewTask>) =>
  yard.tasks.submit({ algorithm: 'ocr', payload: { image_url: 'x' }, ...task });

test('an accepted task waits in its lane, with what was said of it', async () => {
  const runAt = yard.clock.read() + 1_000;
  const { task, created } = await submit({
    priority: 7,
    runAt,
    owner: 'me',
    timeoutMs: 5,
    maxAttempts: 9,
    depth: 1,
  });
  expect(created).toBe(true);
  expect(task).toMatchObject({
    state: 'waiting',
    priority: 7,
    runAt,
    owner: 'me',
    timeoutMs: 5,
    maxAttempts: 9,
    depth: 1,
  });
  expect(await yard.store.get(task.id)).toEqual(task);
  expect(await yard.depth('ocr')).toEqual({ ready: 0, delayed: 1, claimed: 0 });
});

test('the usual priority is 4', async () => {
  expect((await submit({})).task.priority).toBe(4);
});

describe('wrong input is refused, naming the field, and nothing is kept', () => {
  const now = Date.now();
  test.each<[string, Partial<NewTask> | object, string, string]>([
    ['an unknown argument', { payload: { image_url: 'x', pagse: 2 } }, 'invalid_input', '/pagse'],
    ['a missing argument', { payload: {} }, 'invalid_input', '/image_url'],
    ['an argument out of range', { payload: { image_url: 'x', pages: 0 } }, 'invalid_input', '/pages'],
    ['a payload that is no object', { payload: ['x'] }, 'malformed_request', '/payload'],
    ['no payload', { payload: undefined }, 'malformed_request', '/payload'],
    ['a name no algorithm can have', { algorithm: '../etc' }, 'malformed_request', '/algorithm'],
    ['a priority above 9', { priority: 10 }, 'malformed_request', '/priority'],
    ['a broken priority', { priority: 1.5 }, 'malformed_request', '/priority'],
    ['a runAt that is no time', { runAt: Number.NaN }, 'malformed_request', '/runAt'],
    ['a deadline that is no time', { deadline: '2026' }, 'malformed_request', '/deadline'],
    ['a deadline before runAt', { runAt: now + 2, deadline: now + 1 }, 'malformed_request', '/deadline'],
    ['no time to run', { timeoutMs: 0 }, 'malformed_request', '/timeoutMs'],
    ['no tries', { maxAttempts: 0 }, 'malformed_request', '/maxAttempts'],
    ['an empty idempotency key', { idempotencyKey: '' }, 'malformed_request', '/idempotencyKey'],
    [
      'a callback to a private address',
      { callbackUrl: 'http://127.0.0.1/x' },
      'callback_refused',
      '/callbackUrl',
    ],
    [
      'a callback to a metadata service',
      { callbackUrl: 'http://169.254.169.254/' },
      'callback_refused',
      '/callbackUrl',
    ],
    ['a callback to a file', { callbackUrl: 'file:///etc/passwd' }, 'callback_refused', '/callbackUrl'],
    ['a callback to nowhere', { callbackUrl: 'over there' }, 'callback_refused', '/callbackUrl'],
  ])('%s', async (_what, task, code, path) => {
    await expect(submit(task)).rejects.toMatchObject({ code, errors: [expect.objectContaining({ path })] });
    expect(await yard.store.counts()).toEqual([]);
    expect(await yard.queue.depths()).toEqual([]);
  });

  test('all wrong fields are named at once', async () => {
    await expect(submit({ priority: -1, timeoutMs: -1 })).rejects.toMatchObject({
      errors: [{ path: '/priority' }, { path: '/timeoutMs' }],
    });
  });

  test('a payload that is too large or nested too deep', async () => {
    await expect(submit({ payload: { image_url: 'x'.repeat(1_000) } })).rejects.toMatchObject({
      code: 'body_too_large',
    });
    const deep = JSON.parse('{"image_url":'.repeat(6) + '1' + '}'.repeat(6)) as Record<string, unknown>;
    await expect(submit({ payload: deep })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

test('an algorithm that nobody offers yet is accepted and waits', async () => {
  const { task } = await submit({ algorithm: 'later', payload: { anything: 1 } });
  expect(task).toMatchObject({ state: 'waiting', algorithm: 'later' });
});

test('an algorithm that nobody offers is refused when the yard says so', async () => {
  const { store, queue, directory } = yard;
  const strict = createTaskService({ store, queue, directory, atomic: true, requireKnown: true });
  await expect(strict.submit({ algorithm: 'later', payload: {} })).rejects.toMatchObject({
    code: 'unknown_algorithm',
  });
  await expect(strict.submit({ algorithm: 'ocr', payload: { image_url: 'x' } })).resolves.toMatchObject({
    created: true,
  });
});

test('a schema that cannot be compiled keeps nobody from submitting', async () => {
  const { store, queue } = yard;
  const broken: Descriptor = {
    ...OCR,
    name: 'broken',
    input: { type: 'object', properties: { a: { $ref: '#/nowhere' } } },
  };
  const tasks = createTaskService({ store, queue, atomic: true, directory: { descriptor: () => broken } });
  await expect(tasks.submit({ algorithm: 'broken', payload: { a: 1 } })).resolves.toMatchObject({
    created: true,
  });
});

test('a changed schema holds from the next submission on', async () => {
  const { store, queue } = yard;
  let descriptor = OCR;
  const tasks = createTaskService({
    store,
    queue,
    atomic: true,
    directory: { descriptor: () => descriptor },
  });
  await expect(tasks.submit({ algorithm: 'ocr', payload: {} })).rejects.toMatchObject({
    code: 'invalid_input',
  });
  descriptor = { ...OCR, input: { type: 'object' } };
  await expect(tasks.submit({ algorithm: 'ocr', payload: {} })).resolves.toMatchObject({ created: true });
});

describe('a second submission with the same idempotency key', () => {
  test('gives the first task back, and only one message waits', async () => {
    const first = await submit({ idempotencyKey: 'k' });
    const second = await submit({ idempotencyKey: 'k' });
    expect(second).toEqual({ task: first.task, created: false });
    expect(await yard.depth('ocr')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
  });

  test('is refused when it is another task', async () => {
    await submit({ idempotencyKey: 'k' });
    await expect(submit({ idempotencyKey: 'k', payload: { image_url: 'y' } })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
    expect(await yard.depth('ocr')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
  });

  test('of another owner is another task', async () => {
    await submit({ idempotencyKey: 'k', owner: 'a' });
    expect(await submit({ idempotencyKey: 'k', owner: 'b' })).toMatchObject({ created: true });
  });

  test('at the same time as the first makes one task', async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => submit({ idempotencyKey: 'k' })));
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(results.map(({ task }) => task.id)).size).toBe(1);
    expect(await yard.depth('ocr')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
  });

  test('publishes again when the message of the first was lost', async () => {
    const { task } = await submit({ idempotencyKey: 'k' });
    await yard.queue.remove(task.id);
    await submit({ idempotencyKey: 'k' });
    expect(await yard.depth('ocr')).toEqual({ ready: 1, delayed: 0, claimed: 0 });
  });

  test('of an ended task gives it back and runs nothing', async () => {
    yard.dispatcher.offer('ocr', () => succeed('text'));
    await yard.start();
    const { task } = await submit({ idempotencyKey: 'k' });
    const ended = await yard.untilEnded(task.id);
    expect(await submit({ idempotencyKey: 'k' })).toEqual({ task: ended, created: false });
    expect(await yard.depth('ocr')).toEqual({ ready: 0, delayed: 0, claimed: 0 });
    expect(yard.dispatcher.requests).toHaveLength(1);
  });
});

test('where store and queue do not share a transaction, the record comes first', async () => {
  const order: string[] = [];
  const { store, queue } = yard;
  const tasks = createTaskService({
    queue: changeMethods<typeof queue>(queue, {
      publish: async (message) => {
        order.push('publish');
        await queue.publish(message);
      },
    }),
    store: changeMethods<typeof store>(store, {
      create: async (id, task, now) => {
        const result = await store.create(id, task, now);
        order.push('created');
        return result;
      },
    }),
  });
  await tasks.submit({ algorithm: 'a', payload: {}, idempotencyKey: 'k' });
  expect(order).toEqual(['created', 'publish']);
  expect(await yard.depth('a')).toMatchObject({ ready: 1 });
});

test('record and message are kept together or not at all', async () => {
  const { store, queue } = yard;
  const tasks = createTaskService({ store, queue, atomic: true });
  yard.database.exec(
    "CREATE TRIGGER full BEFORE INSERT ON queue_messages BEGIN SELECT RAISE(ROLLBACK, 'full'); END",
  );
  await expect(tasks.submit({ algorithm: 'a', payload: {} })).rejects.toThrow();
  yard.database.exec('DROP TRIGGER full');
  expect(await yard.depth('a')).toMatchObject({ ready: 0 });
});

test('names that nobody offers share one label in the metrics', async () => {
  const metrics = createMetrics();
  const { store, queue, directory } = yard;
  const tasks = createTaskService({ store, queue, directory, atomic: true, metrics });
  await tasks.submit({ algorithm: 'ocr', payload: { image_url: 'x' } });
  for (let i = 0; i < 3; i++) await tasks.submit({ algorithm: `made_up_${i}`, payload: {} });
  const text = await metrics.registry.metrics();
  expect(text).toContain('runyard_tasks_submitted_total{algorithm="ocr"} 1');
  expect(text).toContain('runyard_tasks_submitted_total{algorithm="unknown"} 3');
  expect(text).not.toContain('made_up');
});

test('ids are ULIDs that ascend, however many are made in one millisecond', () => {
  const createId = createTaskIds(() => 1_700_000_000_000);
  const ids = Array.from({ length: 5_000 }, createId);
  expect(ids.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(id))).toBe(true);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(5_000);
  expect(createTaskIds(() => 1_700_000_000_000)()).not.toBe(ids[0]);
});
