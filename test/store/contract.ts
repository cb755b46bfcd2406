import { describe, expect, test } from 'vitest';
import type { NewTask, Task, TaskError, TaskState } from '../../src/protocol/index.js';
import type { AttemptEnd, TaskFilter, TaskStore } from '../../src/store/index.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';

/** Fresh, empty records somewhere, and stores that share them. */
export interface StoreBacking {
  /** One more user of the same records, as in another process. */
  open(): Promise<TaskStore>;
  /** Closes what is open and removes all traces. */
  close(): Promise<void>;
}

const T0 = 1_700_000_000_000;

const newTask = (more: Partial<NewTask> = {}): NewTask => ({ algorithm: 'ocr', payload: { n: 1 }, ...more });

const failed: TaskError = {
  class: 'failed',
  code: 'algorithm_error',
  message: 'raised',
  errorType: 'ValueError',
};
const crashed: TaskError = { class: 'crashed', code: 'process_died', message: 'died' };
const lost: TaskError = { class: 'crashed', code: 'attempt_lost', message: 'vanished' };
const cancelled: TaskError = { class: 'cancelled', code: 'cancelled', message: 'stopped' };
const expired: TaskError = { class: 'expired', code: 'expired', message: 'too late' };

const start = (token: string, startedAt = T0 + 1000, lostDeliveries = 0) => ({
  token,
  startedAt,
  lostDeliveries,
});

const success = (token: string, endedAt = T0 + 2000): AttemptEnd => ({
  token,
  endedAt,
  outcome: 'succeeded',
  resultJson: '{"ok":true}',
});

const failure = (
  token: string,
  outcome: 'dead' | 'cancelled',
  error: TaskError,
  endedAt = T0 + 2000,
): AttemptEnd => ({
  token,
  endedAt,
  outcome,
  error,
});

const retry = (token: string, error: TaskError, endedAt = T0 + 2000): AttemptEnd => ({
  token,
  endedAt,
  outcome: 'retry',
  error,
  availableAt: endedAt + 1000,
});

const idsOf = (tasks: readonly { id: string }[]): string[] => tasks.map(({ id }) => id);

async function getTask(store: TaskStore, id: string): Promise<Task> {
  const task = await store.get(id);
  if (!task) throw new Error(`expected task ${id}`);
  return task;
}

/** Makes a task and brings it to a state. */
async function createIn(
  state: TaskState,
  store: TaskStore,
  id: string,
  more: Partial<NewTask> = {},
): Promise<void> {
  await store.create(id, newTask(more), T0);
  if (state === 'waiting') return;
  await store.startAttempt(id, start(`token of ${id}`));
  if (state === 'succeeded') await store.endAttempt(id, success(`token of ${id}`));
  if (state === 'dead') await store.endAttempt(id, failure(`token of ${id}`, 'dead', failed));
  if (state === 'cancelled') await store.endAttempt(id, failure(`token of ${id}`, 'cancelled', cancelled));
}

async function listAll(store: TaskStore, filter: TaskFilter, limit = 2): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await store.list(filter, limit, after);
    ids.push(...idsOf(page.tasks));
    if (page.next === undefined) return ids;
    expect(page.tasks.length).toBeGreaterThan(0);
    after = page.next;
  }
}

async function countOf(store: TaskStore): Promise<Record<string, number>> {
  const counts = (await store.counts()).filter(({ count }) => count !== 0);
  return Object.fromEntries(counts.map(({ algorithm, state, count }) => [`${algorithm} ${state}`, count]));
}

/** What every TaskStore promises. `createBacking` makes new records for each test. */
export function describeTaskStore(name: string, createBacking: () => Promise<StoreBacking>): void {
  const setUp = async (): Promise<StoreBacking> => releaseLater(await createBacking());
  const setUpOne = async (): Promise<TaskStore> => (await setUp()).open();

  describe(`${name}: creating`, () => {
    test('a new task waits, with everything that was said of it', async () => {
      const backing = await setUp();
      const store = await backing.open();
      const task = newTask({
        payload: { text: 'Ünï\u0000cödé "quoted" \\ 😀', deep: { list: [1, 2.5, null, true] }, '': {} },
        priority: 9,
        runAt: T0 + 500,
        deadline: T0 + 60_000,
        timeoutMs: 1000,
        maxAttempts: 5,
        idempotencyKey: 'key\u0000é',
        callbackUrl: 'https://example.com/hook',
        owner: 'somebody',
        depth: 2,
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      });
      const expected = {
        ...task,
        id: 'a',
        state: 'waiting',
        createdAt: T0,
        updatedAt: T0,
        attemptCount: 0,
        crashCount: 0,
        lostCount: 0,
        attempts: [],
      };
      expect(await store.create('a', task, T0)).toEqual({ task: expected, created: true });
      expect(await (await backing.open()).get('a')).toEqual(expected);
    });

    test('a task of which little is said has the middle priority and no more than that', async () => {
      const store = await setUpOne();
      const { task } = await store.create('a', newTask(), T0);
      expect(Object.keys(task).sort()).toEqual(
        [
          ...['algorithm', 'attemptCount', 'attempts', 'crashCount', 'createdAt', 'id', 'lostCount'],
          ...['payload', 'priority', 'state', 'updatedAt'],
        ].sort(),
      );
      expect(task.priority).toBe(4);
      expect(await store.get('a')).toEqual(task);
    });

    test('an unknown task is undefined', async () => {
      const store = await setUpOne();
      expect(await store.get('nobody')).toBeUndefined();
      expect(await store.get('nul \u0000 in it')).toBeUndefined();
    });

    test('a large payload and a large result come back whole', async () => {
      const store = await setUpOne();
      const payload = { image: 'abc é'.repeat(300_000) };
      await store.create('a', newTask({ payload }), T0);
      expect((await store.startAttempt('a', start('t')))?.payload).toEqual(payload);
      const resultJson = JSON.stringify('xyz 😀'.repeat(300_000));
      await store.endAttempt('a', { ...success('t'), resultJson } as AttemptEnd);
      const task = await getTask(store, 'a');
      expect(task.payload).toEqual(payload);
      expect(task.resultJson).toBe(resultJson);
    });
  });

  describe(`${name}: creating what is dead`, () => {
    const refused: TaskError = {
      ...{ class: 'invalid', code: 'malformed_body', message: 'expected JSON, got \u0000' },
      errors: [{ path: '/payload', message: 'is no object' }],
    };

    test('it has its reason, was never tried, and is found among the dead', async () => {
      const store = await setUpOne();
      expect(await store.createDead('a', newTask(), refused, T0)).toBe(true);
      expect(await getTask(store, 'a')).toEqual({
        ...newTask(),
        ...{ id: 'a', state: 'dead', priority: 4, error: refused, attempts: [] },
        ...{ createdAt: T0, updatedAt: T0, endedAt: T0 },
        ...{ attemptCount: 0, crashCount: 0, lostCount: 0 },
      });
      expect(await countOf(store)).toEqual({ 'ocr dead': 1 });
      expect(await listAll(store, { state: 'dead', errorClass: 'invalid' })).toEqual(['a']);
      expect(await store.startAttempt('a', start('t'))).toBeUndefined();
    });

    test('of a known id or idempotency key nothing changes', async () => {
      const store = await setUpOne();
      await store.create('a', newTask({ idempotencyKey: 'k' }), T0);
      expect(await store.createDead('a', newTask(), refused, T0)).toBe(false);
      expect(await store.createDead('b', newTask({ idempotencyKey: 'k' }), refused, T0)).toBe(false);
      expect(await countOf(store)).toEqual({ 'ocr waiting': 1 });
    });

    test('many at once, some of them twice, are each there once', async () => {
      const store = await setUpOne();
      const created = await Promise.all(
        Array.from({ length: 40 }, (_, index) => store.createDead(`${index % 20}`, newTask(), refused, T0)),
      );
      expect(created.filter(Boolean)).toHaveLength(20);
      expect(await countOf(store)).toEqual({ 'ocr dead': 20 });
    });

    test('it can be redriven, with another payload', async () => {
      const store = await setUpOne();
      await store.createDead('a', newTask(), refused, T0);
      expect(await store.redrive('a', T0 + 1, { n: 2 })).toMatchObject({
        state: 'waiting',
        payload: { n: 2 },
      });
    });
  });

  describe(`${name}: idempotency keys`, () => {
    test('a second submission gives the first task back', async () => {
      const store = await setUpOne();
      const task = newTask({ idempotencyKey: 'k', payload: { a: 1, b: { c: [2], d: 3 } } });
      await store.create('first', task, T0);
      await store.startAttempt('first', start('t'));
      const again = { ...task, payload: { b: { d: 3, c: [2] }, a: 1 } };
      const { task: given, created } = await store.create('second', again, T0 + 10);
      expect(created).toBe(false);
      expect(given).toMatchObject({ id: 'first', state: 'running', createdAt: T0 });
      expect(await store.get('second')).toBeUndefined();
      expect(await countOf(store)).toEqual({ 'ocr running': 1 });
    });

    test('of submissions at the same moment exactly one creates a task', async () => {
      const backing = await setUp();
      const [one, two] = [await backing.open(), await backing.open()];
      const created = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (i % 2 ? one : two).create(`task ${i}`, newTask({ idempotencyKey: 'k' }), T0),
        ),
      );
      expect(created.filter((result) => result.created)).toHaveLength(1);
      expect(new Set(created.map((result) => result.task.id)).size).toBe(1);
      expect(await countOf(one)).toEqual({ 'ocr waiting': 1 });
    });

    test.each([
      ['another payload', { payload: { n: 2 } }],
      ['another algorithm', { algorithm: 'nlp' }],
    ])('the same key with %s is refused, and the first task stays as it is', async (_, change) => {
      const store = await setUpOne();
      await store.create('first', newTask({ idempotencyKey: 'k' }), T0);
      const second = store.create('second', newTask({ idempotencyKey: 'k', ...change }), T0);
      await expect(second).rejects.toMatchObject({ code: 'idempotency_conflict' });
      expect(await store.get('second')).toBeUndefined();
      expect(await store.get('first')).toMatchObject({ algorithm: 'ocr', payload: { n: 1 } });
    });

    test('the same key of another owner, or of none, is another key', async () => {
      const store = await setUpOne();
      for (const [id, owner] of [
        ['a', 'anna'],
        ['b', 'bert'],
        ['c', undefined],
      ] as const) {
        const task = newTask({ idempotencyKey: 'k', ...(owner !== undefined && { owner }) });
        expect((await store.create(id, task, T0)).created).toBe(true);
        expect((await store.create(`${id} again`, task, T0)).task.id).toBe(id);
      }
    });

    test('a redrive with another payload does not make the first submission a conflict', async () => {
      const store = await setUpOne();
      await createIn('dead', store, 'a', { idempotencyKey: 'k' });
      await store.redrive('a', T0 + 3000, { n: 99 });
      const { task, created } = await store.create('b', newTask({ idempotencyKey: 'k' }), T0 + 4000);
      expect(created).toBe(false);
      expect(task).toMatchObject({ id: 'a', payload: { n: 99 } });
    });
  });

  describe(`${name}: attempts`, () => {
    test('a task that succeeds has its result and one attempt', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      const running = await store.startAttempt('a', start('t1'));
      expect(running).toMatchObject({
        id: 'a',
        state: 'running',
        payload: { n: 1 },
        attemptCount: 1,
        startedAt: T0 + 1000,
        attempts: [{ number: 1, token: 't1', startedAt: T0 + 1000 }],
      });
      expect(await store.get('a')).toEqual(running);
      const logs = [{ time: T0 + 1500, stream: 'stdout' as const, line: 'hello' }];
      const end: AttemptEnd = { ...success('t1'), runner: 'r1', durationMs: 12, logs };
      expect(await store.endAttempt('a', end)).toBe(true);
      const task = await getTask(store, 'a');
      expect(task).toMatchObject({
        state: 'succeeded',
        endedAt: T0 + 2000,
        updatedAt: T0 + 2000,
        attemptCount: 1,
      });
      expect(task.resultJson).toBe('{"ok":true}');
      expect(task.error).toBeUndefined();
      expect(task.attempts).toEqual([
        {
          number: 1,
          token: 't1',
          runner: 'r1',
          startedAt: T0 + 1000,
          endedAt: T0 + 2000,
          durationMs: 12,
          logs,
        },
      ]);
    });

    test('the result is kept as the text it is', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      await store.startAttempt('a', start('t'));
      const resultJson = '{ "z":1.0, "a" : [1e2,\n"\\u0000"] }';
      await store.endAttempt('a', { ...success('t'), resultJson } as AttemptEnd);
      expect((await getTask(store, 'a')).resultJson).toBe(resultJson);
    });

    test('a try that failed is followed by another, and counts', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      await store.startAttempt('a', start('t1'));
      expect(await store.endAttempt('a', retry('t1', failed))).toBe(true);
      const waiting = await getTask(store, 'a');
      expect(waiting).toMatchObject({ state: 'waiting', attemptCount: 1, crashCount: 0, lostCount: 0 });
      expect(waiting.error).toBeUndefined();
      expect(waiting.endedAt).toBeUndefined();
      const second = await store.startAttempt('a', start('t2', T0 + 5000));
      expect(second).toMatchObject({ attemptCount: 2, startedAt: T0 + 1000 });
      expect(second?.attempts).toEqual([
        { number: 1, token: 't1', startedAt: T0 + 1000, endedAt: T0 + 2000, error: failed },
        { number: 2, token: 't2', startedAt: T0 + 5000 },
      ]);
    });

    test('tries that end with the process dead are counted apart', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      await store.startAttempt('a', start('t1'));
      await store.endAttempt('a', retry('t1', crashed));
      expect(await getTask(store, 'a')).toMatchObject({ attemptCount: 1, crashCount: 1, lostCount: 0 });
      await store.startAttempt('a', start('t2'));
      await store.endAttempt('a', failure('t2', 'dead', { ...crashed, code: 'poison' }));
      expect(await getTask(store, 'a')).toMatchObject({ state: 'dead', attemptCount: 2, crashCount: 2 });
    });

    test.each(['attempt_lost', 'connection_lost', 'process_stopped'] as const)(
      'a try that ended with %s is counted as lost',
      async (code) => {
        const store = await setUpOne();
        await store.create('a', newTask(), T0);
        await store.startAttempt('a', start('t1'));
        await store.endAttempt('a', retry('t1', { ...lost, code }));
        const task = await getTask(store, 'a');
        expect(task).toMatchObject({ state: 'waiting', attemptCount: 0, crashCount: 0, lostCount: 1 });
        expect(task.attempts).toHaveLength(1);
      },
    );

    test('a try that nobody took is forgotten', async () => {
      const store = await setUpOne();
      const { task: created } = await store.create('a', newTask(), T0);
      await store.startAttempt('a', start('t1'));
      const end: AttemptEnd = {
        token: 't1',
        endedAt: T0 + 1100,
        outcome: 'released',
        availableAt: T0 + 1200,
      };
      expect(await store.endAttempt('a', end)).toBe(true);
      expect(await getTask(store, 'a')).toEqual({ ...created, updatedAt: T0 + 1100 });
      await store.startAttempt('a', start('t2', T0 + 1300));
      await store.endAttempt('a', retry('t2', failed));
      await store.startAttempt('a', start('t3', T0 + 1300));
      await store.endAttempt('a', { ...end, token: 't3' });
      const task = await getTask(store, 'a');
      expect(task).toMatchObject({ attemptCount: 1, startedAt: T0 + 1300 });
      expect(task.attempts.map(({ number, token }) => [number, token])).toEqual([[1, 't2']]);
    });

    test.each(['dead', 'cancelled'] as const)('a task that ends %s has its error', async (outcome) => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      await store.startAttempt('a', start('t'));
      const error = outcome === 'dead' ? failed : cancelled;
      expect(await store.endAttempt('a', failure('t', outcome, error))).toBe(true);
      const task = await getTask(store, 'a');
      expect(task).toMatchObject({
        state: outcome,
        error,
        endedAt: T0 + 2000,
        attempts: [{ token: 't', error }],
      });
      expect(task.resultJson).toBeUndefined();
      expect(await store.startAttempt('a', start('t2'))).toBeUndefined();
    });

    test('only the current token settles, and only once', async () => {
      const backing = await setUp();
      const [store, other] = [await backing.open(), await backing.open()];
      await store.create('a', newTask(), T0);
      await store.create('b', newTask(), T0);
      await store.startAttempt('a', start('t1'));
      await store.startAttempt('b', start('t2'));
      expect(await store.endAttempt('a', success('t2'))).toBe(false);
      expect(await store.endAttempt('a', success('nonsense'))).toBe(false);
      expect(await store.endAttempt('nobody', success('t1'))).toBe(false);
      expect(await other.endAttempt('a', success('t1'))).toBe(true);
      expect(await store.endAttempt('a', failure('t1', 'dead', failed))).toBe(false);
      expect(await store.endAttempt('b', success('t2'))).toBe(true);
      expect(await getTask(store, 'a')).toMatchObject({ state: 'succeeded' });
    });

    test('a task whose controller vanished is started anew, and the late result is dropped', async () => {
      const backing = await setUp();
      const [vanished, next] = [await backing.open(), await backing.open()];
      await vanished.create('a', newTask(), T0);
      await vanished.startAttempt('a', start('t1'));
      const task = await next.startAttempt('a', start('t2', T0 + 9000, 1));
      expect(task).toMatchObject({ state: 'running', attemptCount: 1, lostCount: 1, crashCount: 0 });
      expect(task?.attempts).toMatchObject([
        { number: 1, token: 't1', endedAt: T0 + 9000, error: { class: 'crashed', code: 'attempt_lost' } },
        { number: 2, token: 't2', startedAt: T0 + 9000 },
      ]);
      expect(await vanished.endAttempt('a', success('t1', T0 + 9500))).toBe(false);
      expect(await next.endAttempt('a', success('t2', T0 + 9600))).toBe(true);
      expect((await getTask(next, 'a')).attempts).toHaveLength(2);
    });

    test('a message that is one too many leaves a running task alone, and starts a waiting one', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      expect(await store.startAttempt('a', { ...start('t1'), fresh: true })).toMatchObject({ id: 'a' });
      expect(await store.startAttempt('a', { ...start('t2'), fresh: true })).toBeUndefined();
      expect(await getTask(store, 'a')).toMatchObject({ state: 'running', attempts: [{ token: 't1' }] });
      expect(await store.endAttempt('a', retry('t1', failed))).toBe(true);
      expect(await store.startAttempt('a', { ...start('t3'), fresh: true })).toMatchObject({ id: 'a' });
    });

    test('a task whose controllers vanished before its first attempt knows how often', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      expect(await store.startAttempt('a', start('t', T0, 2))).toMatchObject({
        lostCount: 2,
        attemptCount: 1,
      });
    });

    test('a task that is final or unknown is not started', async () => {
      const store = await setUpOne();
      await createIn('succeeded', store, 'a');
      expect(await store.startAttempt('a', start('t'))).toBeUndefined();
      expect(await store.startAttempt('nobody', start('t'))).toBeUndefined();
    });

    test('of two who start the same waiting task at once, only the last can settle it', async () => {
      const backing = await setUp();
      const [one, two] = [await backing.open(), await backing.open()];
      await one.create('a', newTask(), T0);
      await Promise.all([one.startAttempt('a', start('t1')), two.startAttempt('a', start('t2'))]);
      const settled = await Promise.all([
        one.endAttempt('a', success('t1')),
        two.endAttempt('a', success('t2')),
      ]);
      expect(settled.filter(Boolean)).toHaveLength(1);
      expect(await getTask(one, 'a')).toMatchObject({ state: 'succeeded', lostCount: 1 });
    });
  });

  describe(`${name}: cancelling, expiring, redriving`, () => {
    test('a waiting task is cancelled at once', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      expect(await store.cancel('a', T0 + 5)).toBe('cancelled');
      expect(await getTask(store, 'a')).toMatchObject({
        state: 'cancelled',
        endedAt: T0 + 5,
        error: { class: 'cancelled', code: 'cancelled' },
        attempts: [],
      });
    });

    test('the wish to cancel a running task is noted, and gone with the end', async () => {
      const store = await setUpOne();
      await createIn('running', store, 'a');
      expect(await store.cancel('a', T0 + 1500)).toBe('running');
      expect(await getTask(store, 'a')).toMatchObject({ state: 'running', cancelRequested: true });
      await store.endAttempt('a', failure('token of a', 'cancelled', cancelled));
      const task = await getTask(store, 'a');
      expect(task.state).toBe('cancelled');
      expect(task.cancelRequested).toBeUndefined();
    });

    test('a result that comes after the wish to cancel still counts', async () => {
      const store = await setUpOne();
      await createIn('running', store, 'a');
      await store.cancel('a', T0 + 1500);
      expect(await store.endAttempt('a', success('token of a'))).toBe(true);
      const task = await getTask(store, 'a');
      expect(task.state).toBe('succeeded');
      expect(task.cancelRequested).toBeUndefined();
    });

    test('a wish to cancel that the controller did not see ends the task instead of another try', async () => {
      const store = await setUpOne();
      await createIn('running', store, 'failed');
      await store.cancel('failed', T0 + 1500);
      expect(await store.endAttempt('failed', retry('token of failed', failed))).toBe(true);
      const task = await getTask(store, 'failed');
      expect(task).toMatchObject({
        state: 'cancelled',
        error: { class: 'cancelled' },
        attempts: [{ error: failed }],
      });

      await createIn('running', store, 'released');
      await store.cancel('released', T0 + 1500);
      const end: AttemptEnd = {
        token: 'token of released',
        endedAt: T0 + 2000,
        outcome: 'released',
        availableAt: T0,
      };
      expect(await store.endAttempt('released', end)).toBe(true);
      expect(await getTask(store, 'released')).toMatchObject({
        state: 'cancelled',
        attempts: [],
        attemptCount: 0,
      });
    });

    test('a running task that was to be cancelled when its controller vanished is cancelled', async () => {
      const store = await setUpOne();
      await createIn('running', store, 'a');
      await store.cancel('a', T0 + 1500);
      expect(await store.startAttempt('a', start('t2', T0 + 9000))).toBeUndefined();
      const task = await getTask(store, 'a');
      expect(task).toMatchObject({
        state: 'cancelled',
        endedAt: T0 + 9000,
        lostCount: 1,
        attemptCount: 0,
        error: { class: 'cancelled' },
        attempts: [{ error: { code: 'attempt_lost' } }],
      });
      expect(task.cancelRequested).toBeUndefined();
    });

    test.each(['succeeded', 'dead', 'cancelled'] as const)(
      'cancelling a task that is %s changes nothing',
      async (state) => {
        const store = await setUpOne();
        await createIn(state, store, 'a');
        const before = await getTask(store, 'a');
        expect(await store.cancel('a', T0 + 9000)).toBe(state);
        expect(await getTask(store, 'a')).toEqual(before);
        expect(await store.cancel('nobody', T0)).toBeUndefined();
      },
    );

    test('a waiting task expires without an attempt, any other does not', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      expect(await store.expire('a', expired, T0 + 7)).toBe(true);
      expect(await getTask(store, 'a')).toMatchObject({
        state: 'dead',
        error: expired,
        endedAt: T0 + 7,
        attempts: [],
      });
      expect(await store.expire('a', expired, T0 + 8)).toBe(false);
      expect(await store.expire('nobody', expired, T0 + 8)).toBe(false);
      await createIn('running', store, 'b');
      expect(await store.expire('b', expired, T0 + 8)).toBe(false);
    });

    test.each(['dead', 'cancelled'] as const)(
      'a task that is %s is redriven with its counts reset and its attempts kept',
      async (state) => {
        const store = await setUpOne();
        await store.create('a', newTask(), T0);
        await store.startAttempt('a', start('t1'));
        await store.endAttempt('a', retry('t1', crashed));
        await store.startAttempt('a', start('t2'));
        await store.endAttempt('a', failure('t2', state, failed));
        const task = await store.redrive('a', T0 + 5000);
        expect(task).toMatchObject({
          state: 'waiting',
          attemptCount: 0,
          crashCount: 0,
          lostCount: 0,
          updatedAt: T0 + 5000,
        });
        expect(task?.attempts).toHaveLength(2);
        for (const field of ['error', 'startedAt', 'endedAt', 'resultJson'])
          expect(task).not.toHaveProperty(field);
        expect(await store.get('a')).toEqual(task);
        const third = await store.startAttempt('a', start('t3', T0 + 6000));
        expect(third).toMatchObject({ attemptCount: 1, startedAt: T0 + 6000 });
        expect(third?.attempts.map(({ number }) => number)).toEqual([1, 2, 3]);
      },
    );

    test('a redrive can replace the payload, small or large', async () => {
      const store = await setUpOne();
      await createIn('dead', store, 'a');
      const large = { text: 'x'.repeat(100_000) };
      expect((await store.redrive('a', T0 + 5000, large))?.payload).toEqual(large);
      await store.startAttempt('a', start('t'));
      await store.endAttempt('a', failure('t', 'dead', failed));
      expect((await store.redrive('a', T0 + 6000, { n: 5 }))?.payload).toEqual({ n: 5 });
      expect((await getTask(store, 'a')).payload).toEqual({ n: 5 });
    });

    test.each(['waiting', 'running', 'succeeded'] as const)(
      'a task that is %s is not redriven',
      async (state) => {
        const store = await setUpOne();
        await createIn(state, store, 'a');
        const before = await getTask(store, 'a');
        expect(await store.redrive('a', T0 + 5000, { n: 9 })).toBeUndefined();
        expect(await getTask(store, 'a')).toEqual(before);
        expect(await store.redrive('nobody', T0)).toBeUndefined();
      },
    );

    test('a redriven task is not found expired by what was before', async () => {
      const store = await setUpOne();
      await store.create('a', newTask({ deadline: T0 + 100 }), T0);
      await store.expire('a', expired, T0 + 200);
      const task = await store.redrive('a', T0 + 5000);
      expect(task).not.toHaveProperty('deadline');
      expect(await store.findExpired({ deadlineBefore: T0 + 9000 }, 10)).toEqual([]);
      expect(await store.findExpired({ algorithm: 'ocr', createdBefore: T0 + 4000 }, 10)).toEqual([]);
      expect(await store.findExpired({ algorithm: 'ocr', createdBefore: T0 + 6000 }, 10)).toEqual(['a']);
    });
  });

  describe(`${name}: finding`, () => {
    test('lists show the newest first, without payload, result and attempts', async () => {
      const store = await setUpOne();
      await createIn('succeeded', store, 'old');
      await store.create('new', newTask({ owner: 'anna', priority: 7 }), T0 + 1);
      const { tasks, next } = await store.list({}, 10);
      expect(idsOf(tasks)).toEqual(['new', 'old']);
      expect(next).toBeUndefined();
      const { payload: _payload, attempts: _attempts, ...summary } = await getTask(store, 'new');
      expect(tasks[0]).toEqual(summary);
      expect(await store.getSummary('new')).toEqual(summary);
      expect(await store.getSummary('nobody')).toBeUndefined();
      for (const field of ['payload', 'resultJson', 'attempts']) expect(tasks[1]).not.toHaveProperty(field);
    });

    test('lists are cut into pages that hold each task once, while new ones come', async () => {
      const store = await setUpOne();
      for (let i = 0; i < 10; i++) await store.create(`t${i}`, newTask(), T0 + i);
      const first = await store.list({}, 4);
      expect(idsOf(first.tasks)).toEqual(['t9', 't8', 't7', 't6']);
      await store.create('newer', newTask(), T0 + 100);
      const second = await store.list({}, 4, first.next);
      expect(idsOf(second.tasks)).toEqual(['t5', 't4', 't3', 't2']);
      const third = await store.list({}, 4, second.next);
      expect(idsOf(third.tasks)).toEqual(['t1', 't0']);
      expect(third.next).toBeUndefined();
    });

    test('lists go by algorithm, state, error class and owner, and by all of them at once', async () => {
      const store = await setUpOne();
      const all: { id: string; algorithm: string; state: TaskState; owner?: string }[] = [];
      for (const [index, state] of (
        ['waiting', 'running', 'succeeded', 'dead', 'cancelled', 'dead', 'waiting'] as const
      ).entries()) {
        for (const algorithm of ['ocr', 'nlp']) {
          for (const owner of [undefined, 'anna']) {
            const id = `${index} ${algorithm} ${owner ?? ''}`;
            await createIn(state, store, id, { algorithm, ...(owner !== undefined && { owner }) });
            all.unshift({ id, algorithm, state, ...(owner !== undefined && { owner }) });
          }
        }
      }
      const classOf = (state: TaskState) =>
        state === 'dead' ? 'failed' : state === 'cancelled' ? 'cancelled' : undefined;
      for (const algorithm of [undefined, 'ocr', 'none']) {
        for (const state of [undefined, 'waiting', 'dead', 'cancelled'] as const) {
          for (const errorClass of [undefined, 'failed', 'timeout'] as const) {
            for (const owner of [undefined, 'anna', 'nobody']) {
              const filter = { algorithm, state, errorClass, owner };
              const expected = all.filter(
                (task) =>
                  (algorithm ?? task.algorithm) === task.algorithm &&
                  (state ?? task.state) === task.state &&
                  (errorClass === undefined || errorClass === classOf(task.state)) &&
                  (owner === undefined || owner === task.owner),
              );
              const given = Object.fromEntries(
                Object.entries(filter).filter(([, value]) => value !== undefined),
              );
              expect(await listAll(store, given, 3), JSON.stringify(given)).toEqual(idsOf(expected));
            }
          }
        }
      }
    });

    test.each([0, 1001, 1.5])('a list refuses a limit of %s', async (limit) => {
      const store = await setUpOne();
      await expect(store.list({}, limit)).rejects.toMatchObject({ code: 'malformed_request' });
    });

    test('a list refuses a cursor that it never gave', async () => {
      const store = await setUpOne();
      await expect(store.list({}, 10, 'nonsense')).rejects.toMatchObject({ code: 'malformed_request' });
    });

    test('counts tells how many tasks of each algorithm are in each state', async () => {
      const store = await setUpOne();
      expect(await countOf(store)).toEqual({});
      await createIn('waiting', store, 'a');
      await createIn('waiting', store, 'b');
      await createIn('running', store, 'c');
      await createIn('succeeded', store, 'd', { algorithm: 'nlp' });
      await createIn('dead', store, 'e');
      await createIn('cancelled', store, 'f');
      expect(await countOf(store)).toEqual({
        'ocr waiting': 2,
        'ocr running': 1,
        'nlp succeeded': 1,
        'ocr dead': 1,
        'ocr cancelled': 1,
      });
      await store.redrive('e', T0 + 5000);
      await store.cancel('a', T0);
      await store.expire('b', expired, T0);
      await store.startAttempt('c', start('t2'));
      expect(await countOf(store)).toEqual({
        'ocr waiting': 1,
        'ocr running': 1,
        'nlp succeeded': 1,
        'ocr dead': 1,
        'ocr cancelled': 2,
      });
    });

    test('the first waiting task of each algorithm that is due tells since when', async () => {
      const store = await setUpOne();
      expect(await store.oldestWaiting(T0)).toEqual([]);
      await createIn('succeeded', store, 'done');
      await createIn('running', store, 'running');
      await store.create('for later', newTask({ runAt: T0 + 50_000 }), T0 + 1);
      await store.create('old', newTask(), T0 + 2);
      await store.create('young', newTask(), T0 + 3);
      await store.create('scheduled', newTask({ algorithm: 'nlp', runAt: T0 + 7 }), T0);
      const oldest = async (now: number) =>
        Object.fromEntries(
          (await store.oldestWaiting(now)).map(({ algorithm, since }) => [algorithm, since]),
        );
      expect(await oldest(T0 + 5)).toEqual({ ocr: T0 + 2 });
      expect(await oldest(T0 + 10)).toEqual({ ocr: T0 + 2, nlp: T0 + 7 });
      await store.startAttempt('old', start('t'));
      expect(await oldest(T0 + 10)).toEqual({ ocr: T0 + 3, nlp: T0 + 7 });
      await store.cancel('young', T0 + 20);
      expect(await oldest(T0 + 20)).toEqual({ nlp: T0 + 7 });
      expect(await oldest(T0 + 60_000)).toEqual({ ocr: T0 + 50_000, nlp: T0 + 7 });
    });

    test('waiting tasks past their deadline are found, unless they were started before', async () => {
      const store = await setUpOne();
      await store.create('past', newTask({ deadline: T0 + 10 }), T0);
      await store.create('past too', newTask({ deadline: T0 + 5, algorithm: 'nlp' }), T0);
      await store.create('future', newTask({ deadline: T0 + 90_000 }), T0);
      await store.create('never', newTask(), T0);
      await createIn('running', store, 'running', { deadline: T0 + 10 });
      await createIn('running', store, 'tried', { deadline: T0 + 10 });
      await store.endAttempt('tried', retry('token of tried', failed));
      expect((await store.findExpired({ deadlineBefore: T0 + 5000 }, 10)).sort()).toEqual([
        'past',
        'past too',
      ]);
      expect(await store.findExpired({ deadlineBefore: T0 + 5000 }, 1)).toHaveLength(1);
      expect(await store.findExpired({ deadlineBefore: T0 + 5 }, 10)).toEqual([]);
    });

    test('waiting tasks of an algorithm that have been due for long are found', async () => {
      const store = await setUpOne();
      await store.create('old', newTask(), T0);
      await store.create('old too', newTask(), T0 + 1);
      await store.create('other', newTask({ algorithm: 'nlp' }), T0);
      await store.create('for later', newTask({ runAt: T0 + 50_000 }), T0);
      await createIn('running', store, 'running');
      await createIn('running', store, 'tried');
      await store.endAttempt('tried', retry('token of tried', failed, T0 + 40_000));
      await store.create('young', newTask(), T0 + 30_000);
      const find = (createdBefore: number, limit = 10) =>
        store.findExpired({ algorithm: 'ocr', createdBefore }, limit);
      expect((await find(T0 + 20_000)).sort()).toEqual(['old', 'old too']);
      expect(await find(T0 + 20_000, 1)).toHaveLength(1);
      expect((await find(T0 + 60_000)).sort()).toEqual(['for later', 'old', 'old too', 'tried', 'young']);
      expect(await find(T0)).toEqual([]);
    });
  });

  describe(`${name}: events`, () => {
    const event = (n: number) => ({
      time: T0 + n,
      attempt: 1,
      type: 'progress' as const,
      data: { progress: n },
    });

    test('are numbered from 1 without gaps, whoever appends', async () => {
      const backing = await setUp();
      const [one, two] = [await backing.open(), await backing.open()];
      await one.create('a', newTask(), T0);
      await one.create('b', newTask(), T0);
      await Promise.all([
        one.appendEvents('a', [event(1), event(2)]),
        two.appendEvents('a', [event(3)]),
        one.appendEvents('b', [event(4)]),
        one.appendEvents('a', []),
      ]);
      await one.appendEvents('a', [event(5)]);
      const events = await two.readEvents('a', 0, 100);
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
      expect(events.at(-1)).toEqual({ seq: 4, ...event(5) });
      expect((await one.readEvents('b', 0, 100)).map(({ seq }) => seq)).toEqual([1]);
    });

    test('are read from a place on, so many at a time', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      await store.appendEvents('a', [1, 2, 3, 4, 5].map(event));
      expect((await store.readEvents('a', 2, 2)).map(({ seq }) => seq)).toEqual([3, 4]);
      expect(await store.readEvents('a', 5, 10)).toEqual([]);
      expect(await store.readEvents('nobody', 0, 10)).toEqual([]);
    });

    test('hold any data, and those of an unknown task go nowhere', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      const events = [
        { time: T0, attempt: 1, type: 'chunk' as const, data: { chunk: 'é\u0000'.repeat(100_000) } },
        { time: T0, attempt: 2, type: 'log' as const, data: { stream: 'stderr', line: '' } },
      ];
      await store.appendEvents('a', events);
      expect(await store.readEvents('a', 0, 10)).toEqual(
        events.map((one, index) => ({ seq: index + 1, ...one })),
      );
      await store.appendEvents('nobody', events);
      expect(await store.readEvents('nobody', 0, 10)).toEqual([]);
    });
  });

  describe(`${name}: watching`, () => {
    test('tells of every kind of change, made here or elsewhere, until it is stopped', async () => {
      const backing = await setUp();
      const [here, elsewhere] = [await backing.open(), await backing.open()];
      await here.create('a', newTask(), T0);
      let heard = 0;
      const states = new Set<TaskState>();
      const stop = here.watch('a', (state) => {
        heard += 1;
        if (state !== undefined) states.add(state);
      });
      const hears = async (what: string, change: () => Promise<unknown>): Promise<void> => {
        heard = 0;
        states.clear();
        await change();
        await until(`${what} is heard`, () => heard > 0);
        const { state } = await getTask(here, 'a');
        expect([...states].filter((one) => one !== state)).toEqual([]);
      };
      await hears('a start', () => here.startAttempt('a', start('t')));
      await hears('an event', () =>
        here.appendEvents('a', [{ time: T0, attempt: 1, type: 'log', data: { line: 'x' } }]),
      );
      await hears('a wish to cancel', () => here.cancel('a', T0));
      await hears('an event elsewhere', () =>
        elsewhere.appendEvents('a', [{ time: T0, attempt: 1, type: 'log', data: { line: 'y' } }]),
      );
      await hears('an end elsewhere', () => elsewhere.endAttempt('a', failure('t', 'dead', failed)));
      await hears('a redrive elsewhere', () => elsewhere.redrive('a', T0 + 5000));
      stop();
      heard = 0;
      await here.cancel('a', T0);
      await here.create('b', newTask(), T0);
      expect(heard).toBe(0);
    });

    test('tells every watcher of a task, and goes on for the others when one stops', async () => {
      const store = await setUpOne();
      await store.create('a', newTask(), T0);
      const heard = { one: 0, two: 0 };
      const stopOne = store.watch('a', () => (heard.one += 1));
      store.watch('a', () => {
        throw new Error('deaf');
      });
      store.watch('a', () => (heard.two += 1));
      await store.startAttempt('a', start('t'));
      await until('both hear', () => heard.one > 0 && heard.two > 0);
      stopOne();
      stopOne();
      Object.assign(heard, { one: 0, two: 0 });
      await store.endAttempt('a', success('t'));
      await until('the other hears', () => heard.two > 0);
      expect(heard.one).toBe(0);
    });
  });

  describe(`${name}: callbacks`, () => {
    const callbackUrl = 'https://example.com/hook';

    test.each(['succeeded', 'dead', 'cancelled'] as const)(
      'one is owed when a task has ended %s',
      async (state) => {
        const store = await setUpOne();
        await createIn('running', store, 'a', { callbackUrl });
        await createIn(state, store, 'without');
        expect(await store.claimCallbacks(T0 + 9000, 10, 1000)).toEqual([]);
        if (state === 'succeeded') await store.endAttempt('a', success('token of a'));
        else await store.endAttempt('a', failure('token of a', state, state === 'dead' ? failed : cancelled));
        expect(await store.claimCallbacks(T0 + 9000, 10, 1000)).toEqual([
          { taskId: 'a', url: callbackUrl, tries: 0 },
        ]);
      },
    );

    test('one is owed when a waiting task was cancelled or expired, but not for a try', async () => {
      const store = await setUpOne();
      await createIn('waiting', store, 'a', { callbackUrl });
      await createIn('waiting', store, 'b', { callbackUrl });
      await createIn('running', store, 'c', { callbackUrl });
      await store.cancel('a', T0 + 5);
      await store.expire('b', expired, T0 + 6);
      await store.endAttempt('c', retry('token of c', failed));
      const callbacks = await store.claimCallbacks(T0 + 9000, 10, 1000);
      expect(callbacks.map(({ taskId }) => taskId).sort()).toEqual(['a', 'b']);
    });

    test('a claimed one is hidden until its lease is over, and knows its tries', async () => {
      const backing = await setUp();
      const [store, other] = [await backing.open(), await backing.open()];
      await createIn('succeeded', store, 'a', { callbackUrl });
      const now = T0 + 9000;
      expect(await store.claimCallbacks(now, 10, 1000)).toHaveLength(1);
      expect(await other.claimCallbacks(now + 999, 10, 1000)).toEqual([]);
      expect(await other.claimCallbacks(now + 1000, 10, 1000)).toMatchObject([{ taskId: 'a', tries: 1 }]);
    });

    test('one to be tried again comes at its time, and one done with never', async () => {
      const store = await setUpOne();
      await createIn('succeeded', store, 'a', { callbackUrl });
      const now = T0 + 9000;
      await store.claimCallbacks(now, 10, 1000);
      await store.settleCallback('a', { retryAt: now + 5000 });
      expect(await store.claimCallbacks(now + 4999, 10, 1000)).toEqual([]);
      expect(await store.claimCallbacks(now + 5000, 10, 1000)).toMatchObject([{ tries: 1 }]);
      await store.settleCallback('a', { done: true });
      expect(await store.claimCallbacks(now + 99_000, 10, 1000)).toEqual([]);
      await store.settleCallback('nobody', { done: true });
    });

    test('the longest due come first, at most so many', async () => {
      const store = await setUpOne();
      for (const [index, id] of ['a', 'b', 'c'].entries()) {
        await createIn('running', store, id, { callbackUrl });
        await store.endAttempt(id, success(`token of ${id}`, T0 + 2000 + index));
      }
      const claimed = await store.claimCallbacks(T0 + 9000, 2, 1000);
      expect(claimed.map(({ taskId }) => taskId).sort()).toEqual(['a', 'b']);
      expect((await store.claimCallbacks(T0 + 9000, 2, 1000)).map(({ taskId }) => taskId)).toEqual(['c']);
    });

    test('a redriven task owes a new one when it ends again, whatever becomes of the old', async () => {
      const store = await setUpOne();
      await createIn('dead', store, 'a', { callbackUrl });
      const now = T0 + 9000;
      await store.claimCallbacks(now, 10, 1000);
      await store.redrive('a', now);
      expect(await store.claimCallbacks(now + 5000, 10, 1000)).toEqual([]);
      await store.startAttempt('a', start('t2', now + 10));
      await store.endAttempt('a', success('t2', now + 20));
      await store.settleCallback('a', { done: true });
      expect(await store.claimCallbacks(now + 5000, 10, 1000)).toMatchObject([{ taskId: 'a', tries: 0 }]);
    });
  });

  describe(`${name}: pruning`, () => {
    test('deletes what ended before a moment, with its events, callbacks and key', async () => {
      const store = await setUpOne();
      const more = {
        idempotencyKey: 'k',
        callbackUrl: 'https://example.com/hook',
        payload: { text: 'x'.repeat(10_000) },
      };
      await createIn('succeeded', store, 'old', more);
      await store.appendEvents('old', [{ time: T0, attempt: 1, type: 'log', data: { line: 'x' } }]);
      await createIn('running', store, 'running');
      await createIn('waiting', store, 'waiting');
      await createIn('running', store, 'young');
      await store.endAttempt('young', success('token of young', T0 + 8000));
      expect(await store.prune(T0 + 2000, 100)).toBe(0);
      expect(await store.prune(T0 + 5000, 100)).toBe(1);
      expect(await store.get('old')).toBeUndefined();
      expect(await store.readEvents('old', 0, 10)).toEqual([]);
      expect(await store.claimCallbacks(T0 + 9000, 10, 1000)).toEqual([]);
      expect((await store.list({}, 10)).tasks).toHaveLength(3);
      expect(await countOf(store)).toEqual({ 'ocr running': 1, 'ocr waiting': 1, 'ocr succeeded': 1 });
      expect((await store.create('new', newTask(more), T0 + 9000)).created).toBe(true);
      expect(await store.readEvents('new', 0, 10)).toEqual([]);
    });

    test('deletes at most so many, the longest ended first', async () => {
      const store = await setUpOne();
      const ids = Array.from({ length: 450 }, (_, i) => `t${i}`);
      await Promise.all(ids.map((id) => store.create(id, newTask(), T0)));
      await Promise.all(ids.map((id, i) => store.expire(id, expired, T0 + i)));
      expect(await store.prune(T0 + 10_000, 401)).toBe(401);
      expect(await countOf(store)).toEqual({ 'ocr dead': 49 });
      expect(await store.get('t400')).toBeUndefined();
      expect(await store.get('t401')).toBeDefined();
      expect(await store.prune(T0 + 10_000, 401)).toBe(49);
    });
  });
}
