import { describe, expect, test } from 'vitest';
import { createTask, openStore, T0 } from './open-postgres.js';

describe('changes in PostgreSQL', () => {
  test('of a batch with something that cannot be kept, everything else is kept', async () => {
    const { store } = await openStore();
    const ids = Array.from({ length: 40 }, (_, i) => `task ${i}`);
    await Promise.all(ids.map((id) => createTask(store, id)));
    await Promise.all(
      ids.map((id) => store.startAttempt(id, { token: `of ${id}`, startedAt: T0, lostDeliveries: 0 })),
    );
    const ended = await Promise.allSettled(
      ids.map((id, index) =>
        store.endAttempt(id, {
          token: `of ${id}`,
          endedAt: T0 + 1,
          outcome: 'succeeded',
          // PostgreSQL keeps no NUL; in JSON it would be written as an escape.
          resultJson: index === 17 ? '"\u0000"' : `"\\u0000 ${index}"`,
        }),
      ),
    );
    const refused = ended.flatMap((result, index) => (result.status === 'rejected' ? [index] : []));
    expect(refused).toEqual([17]);
    expect(ended[17]).toMatchObject({ reason: { code: 'internal', message: /refused by the database/ } });
    expect(await store.get('task 17')).toMatchObject({ state: 'running' });
    expect(await store.get('task 18')).toMatchObject({ state: 'succeeded', resultJson: '"\\u0000 18"' });
    expect((await store.counts()).sort((a, b) => a.count - b.count)).toEqual([
      { algorithm: 'ocr', state: 'running', count: 1 },
      { algorithm: 'ocr', state: 'succeeded', count: 39 },
    ]);
  });

  test('a refused key leaves the others of its batch alone', async () => {
    const { store } = await openStore();
    const submit = (id: string, n: number) =>
      store.create(id, { algorithm: 'ocr', payload: { n }, idempotencyKey: 'k' }, T0);
    await submit('first', 1);
    const settled = await Promise.allSettled([
      createTask(store, 'a'),
      submit('again', 1),
      submit('other', 2),
      createTask(store, 'd'),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(settled[2]).toMatchObject({ reason: { code: 'idempotency_conflict' } });
  });

  test('changes of one task that are asked for at once come in that order', async () => {
    const { store } = await openStore();
    const given = await Promise.all([
      createTask(store, 'a'),
      store.startAttempt('a', { token: 't1', startedAt: T0 + 1, lostDeliveries: 0 }),
      store.cancel('a', T0 + 2),
      store.endAttempt('a', { token: 't1', endedAt: T0 + 3, outcome: 'released', availableAt: T0 }),
      store.redrive('a', T0 + 4),
      store.startAttempt('a', { token: 't2', startedAt: T0 + 5, lostDeliveries: 0 }),
      store.endAttempt('a', { token: 't2', endedAt: T0 + 6, outcome: 'succeeded', resultJson: '1' }),
    ]);
    expect(given[2]).toBe('running');
    expect(given[3]).toBe(true);
    expect(given[4]).toMatchObject({ state: 'waiting' });
    expect(given[6]).toBe(true);
    expect(await store.get('a')).toMatchObject({ state: 'succeeded', attemptCount: 1 });
  });

  test('names with NUL, quotes and half characters come back as they were', async () => {
    const { store } = await openStore();
    const id = 'NUL \u0000 "quoted" \\ half \ud800';
    const task = { algorithm: 'ocr', payload: {}, owner: 'a\u0000b', idempotencyKey: '\\u0000' };
    await store.create(id, task, T0);
    await store.startAttempt(id, { token: 'to"k\u0000en', startedAt: T0 + 1, lostDeliveries: 0 });
    const restarted = await store.startAttempt(id, { token: 't', startedAt: T0 + 2, lostDeliveries: 0 });
    expect(restarted).toMatchObject({ id, attempts: [{ token: 'to"k\u0000en' }, { token: 't' }] });
    expect((await store.list({ owner: 'a\u0000b' }, 10)).tasks).toMatchObject([{ id, owner: 'a\u0000b' }]);
  });

  test('a deadline that is dropped leaves the rest of what was said of a task', async () => {
    const { store } = await openStore();
    const idempotencyKey = '{,"deadline":5,"runAt":6}';
    await store.create(
      'a',
      { algorithm: 'ocr', payload: {}, deadline: T0 + 5.5, maxAttempts: 2, idempotencyKey },
      T0,
    );
    await store.create('b', { algorithm: 'ocr', payload: {}, deadline: T0 + 5 }, T0);
    for (const id of ['a', 'b']) {
      await store.cancel(id, T0 + 1);
      await store.redrive(id, T0 + 10);
    }
    const task = await store.get('a');
    expect(task).toMatchObject({ state: 'waiting', maxAttempts: 2, idempotencyKey });
    expect(task).not.toHaveProperty('deadline');
    expect(await store.get('b')).not.toHaveProperty('deadline');
  });
});
