import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteTaskQueue } from '../../src/queue/index.js';
import { openDatabase, type SqliteDatabase } from '../../src/sqlite/index.js';
import { SqliteTaskStore } from '../../src/store/index.js';
import { releaseLater } from '../release.js';
import { openTempDatabase } from '../sqlite/temp-dir.js';
import { describeTaskStore, type StoreBacking } from './contract.js';

async function createBacking({ shared }: { shared: boolean }): Promise<StoreBacking> {
  const dir = await mkdtemp(join(tmpdir(), 'runyard-store-'));
  const databases: SqliteDatabase[] = [];
  const stores: SqliteTaskStore[] = [];
  const connect = (): SqliteDatabase => {
    if (shared && databases[0]) return databases[0];
    const database = openDatabase({ path: join(dir, 'yard.db') });
    databases.push(database);
    return database;
  };
  return {
    async open() {
      const store = new SqliteTaskStore({ database: connect() });
      stores.push(store);
      return store;
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await Promise.all(databases.map((database) => database.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

describeTaskStore('SQLite, one connection', () => createBacking({ shared: true }));
describeTaskStore('SQLite, a connection for each store', () => createBacking({ shared: false }));

describe('the SQLite store', () => {
  const open = (database: SqliteDatabase): SqliteTaskStore => releaseLater(new SqliteTaskStore({ database }));

  test('keeps a task and its message together, or neither', async () => {
    const database = openTempDatabase();
    const store = open(database);
    const queue = releaseLater(new SqliteTaskQueue({ database }));
    const submit = (id: string, payload: Record<string, unknown>) =>
      Promise.allSettled([
        store.create(id, { algorithm: 'ocr', payload }, 1000),
        queue.publish({ id, algorithm: 'ocr', priority: 4 }),
      ]);
    const kept = await submit('kept', {});
    expect(kept.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    database.exec('PRAGMA max_page_count = 100');
    const lost = await submit('lost', { text: 'x'.repeat(1_000_000) });
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await store.get('lost')).toBeUndefined();
    const deliveries = await queue.claim([{ algorithm: 'ocr', max: 10 }]);
    expect(deliveries.map(({ message: { id } }) => id)).toEqual(['kept']);
    expect(await store.counts()).toEqual([{ algorithm: 'ocr', state: 'waiting', count: 1 }]);
  });

  test('refuses one submission of a turn for its key, and keeps the others', async () => {
    const store = open(openTempDatabase());
    const submit = (id: string, n: number) =>
      store.create(id, { algorithm: 'ocr', payload: { n }, idempotencyKey: 'k' }, 1000);
    const settled = await Promise.allSettled([
      store.create('a', { algorithm: 'ocr', payload: {} }, 1000),
      submit('b', 1),
      submit('c', 2),
      store.create('d', { algorithm: 'ocr', payload: {} }, 1000),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect((await store.list({}, 10)).tasks.map(({ id }) => id)).toEqual(['d', 'b', 'a']);
  });

  test('leaves nothing behind of a pruned task', async () => {
    const database = openTempDatabase();
    const store = open(database);
    const payload = { text: 'x'.repeat(10_000) };
    await store.create('a', { algorithm: 'ocr', payload, callbackUrl: 'https://example.com' }, 1000);
    await store.appendEvents('a', [{ time: 1001, attempt: 1, type: 'log', data: { line: 'x' } }]);
    await store.cancel('a', 1002);
    expect(await store.prune(2000, 10)).toBe(1);
    for (const table of ['tasks', 'task_events', 'task_bodies', 'task_callbacks']) {
      expect(database.prepare(`SELECT count(*) FROM ${table}`).get([]), table).toEqual([0]);
    }
  });

  test('takes payloads and results of 100 MB', { timeout: 120_000 }, async () => {
    const store = open(openTempDatabase());
    const text = 'x'.repeat(100 * 1024 * 1024);
    await store.create('a', { algorithm: 'ocr', payload: { text } }, 1000);
    const running = await store.startAttempt('a', { token: 't', startedAt: 1001, lostDeliveries: 0 });
    expect((running?.payload as { text: string }).text.length).toBe(text.length);
    const resultJson = `"${text}"`;
    await store.endAttempt('a', { token: 't', endedAt: 1002, outcome: 'succeeded', resultJson });
    const task = await store.get('a');
    expect(task?.resultJson === resultJson).toBe(true);
    const { tasks } = await store.list({}, 10);
    expect(JSON.stringify(tasks).length).toBeLessThan(1000);
    expect(await store.prune(2000, 10)).toBe(1);
  });

  test.each([
    [
      'tasks in a state',
      'SELECT seq FROM tasks INDEXED BY tasks_lane WHERE algorithm = ?3 AND state = ?4 AND seq < ?1 ORDER BY seq DESC LIMIT ?2',
    ],
    [
      'tasks of an owner',
      'SELECT seq FROM tasks INDEXED BY tasks_owner WHERE owner = ?3 AND state = ?4 AND seq < ?1 ORDER BY seq DESC LIMIT ?2',
    ],
    [
      'tasks with an error',
      'SELECT seq FROM tasks INDEXED BY tasks_error_class WHERE error_class = ?3 AND seq < ?1 ORDER BY seq DESC LIMIT ?2',
    ],
    [
      'tasks past their deadline',
      'SELECT id FROM tasks INDEXED BY tasks_deadline WHERE state = 0 AND deadline IS NOT NULL AND deadline < ?1 ORDER BY deadline LIMIT ?2',
    ],
    [
      'what to prune',
      'SELECT seq FROM tasks INDEXED BY tasks_ended WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT ?2',
    ],
    [
      'a key',
      "SELECT id FROM tasks WHERE ifnull(owner, '') = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL",
    ],
    ['callbacks', 'SELECT task FROM task_callbacks WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2'],
  ])('finds %s in an index, and neither scans nor sorts', (_, sql) => {
    const database = openTempDatabase();
    open(database);
    const plan = database.prepare<[number, number, number, string]>(`EXPLAIN QUERY PLAN ${sql}`);
    const steps = plan
      .all([])
      .map((row) => row[3])
      .join('\n');
    expect(steps).toMatch(/SEARCH .* USING (?:COVERING )?INDEX/);
    expect(steps).not.toMatch(/TEMP B-TREE|SCAN/);
  });
});
