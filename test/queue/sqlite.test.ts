import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteTaskQueue } from '../../src/queue/index.js';
import { openDatabase, type SqliteDatabase } from '../../src/sqlite/index.js';
import { releaseLater } from '../release.js';
import { openTempDatabase } from '../sqlite/temp-dir.js';
import { until } from '../until.js';
import { describeTaskQueue, type QueueBacking } from './contract.js';

const LEASE_MS = 400;

/** Consumers on one file: all on one connection, or each on its own as in processes of their own. */
async function createBacking({ shared }: { shared: boolean }): Promise<QueueBacking> {
  const dir = await mkdtemp(join(tmpdir(), 'runyard-queue-'));
  const databases: SqliteDatabase[] = [];
  const queues: SqliteTaskQueue[] = [];
  const connect = (): SqliteDatabase => {
    if (shared && databases[0]) return databases[0];
    const database = openDatabase({ path: join(dir, 'yard.db') });
    databases.push(database);
    return database;
  };
  return {
    takeOverMs: 2 * LEASE_MS,
    async open() {
      const queue = new SqliteTaskQueue({ database: connect(), leaseMs: LEASE_MS });
      queues.push(queue);
      return queue;
    },
    // It renews no more and tells nobody.
    abandon: (queue) => queue.close({ release: false }),
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      await Promise.all(databases.map((database) => database.close()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

describeTaskQueue('SQLite, one connection', () => createBacking({ shared: true }));
describeTaskQueue('SQLite, a connection for each consumer', () => createBacking({ shared: false }));

describe('the SQLite queue', () => {
  const open = (database: SqliteDatabase, leaseMs?: number): SqliteTaskQueue =>
    releaseLater(new SqliteTaskQueue({ database, ...(leaseMs !== undefined && { leaseMs }) }));

  test('keeps a publish and whatever else is queued with it in one transaction', async () => {
    const database = openTempDatabase();
    const queue = open(database);
    database.migrate('notes', ['CREATE TABLE notes (note TEXT)']);
    database.exec('PRAGMA max_page_count = 100');
    const big = 'x'.repeat(1_000_000);
    const [note, published] = await Promise.allSettled([
      database.write(() => database.prepare('INSERT INTO notes VALUES (?)').run([big])),
      queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 }),
    ]);
    expect([note.status, published.status]).toEqual(['rejected', 'rejected']);
    expect(published).toMatchObject({ reason: { code: 'queue_unavailable' } });
    expect(await queue.claim([{ algorithm: 'ocr', max: 1 }])).toEqual([]);
    expect(await queue.depths()).toEqual([]);
  });

  test('delivers at once what lost its consumer three times, and later what loses one again', async () => {
    const LEASE = 100;
    const database = openTempDatabase();
    await open(database).publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const lose = async (): Promise<number> => {
      const queue = open(database, LEASE);
      await until(
        'it is delivered',
        async () => (await queue.claim([{ algorithm: 'ocr', max: 1 }])).length > 0,
      );
      await queue.close({ release: false });
      const keeper = open(database, LEASE);
      await until('the loss is seen', () =>
        database.prepare('SELECT 1 FROM queue_messages WHERE state < 2').get([]),
      );
      const [due] = database.prepare<[number | null]>('SELECT available_at FROM queue_messages').get([]) ?? [
        null,
      ];
      await keeper.close();
      return due === null ? 0 : due - Date.now();
    };
    const waits = [await lose(), await lose(), await lose(), await lose(), await lose()];
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
    expect(waits[3]).toBeLessThanOrEqual(250);
    expect(waits[4]).toBeGreaterThan(250);
    expect(waits[4]).toBeLessThanOrEqual(500);
  });

  test('gives several claims of one turn different messages, under one lease', async () => {
    const database = openTempDatabase();
    const queue = open(database);
    await Promise.all(['a', 'b', 'c'].map((id) => queue.publish({ id, algorithm: 'ocr', priority: 4 })));
    const claims = await Promise.all([1, 2, 3].map(() => queue.claim([{ algorithm: 'ocr', max: 1 }])));
    expect(claims.flat().map(({ message: { id } }) => id)).toEqual(['a', 'b', 'c']);
    expect(database.prepare('SELECT count(*) FROM queue_consumers').get([])).toEqual([1]);
    const acks = await Promise.all(claims.flat().map((delivery) => delivery.ack()));
    expect(acks).toEqual([true, true, true]);
  });

  test('notices that it lost its lease, and goes on under a new one', async () => {
    const database = openTempDatabase();
    const queue = open(database, 60_000);
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const [lost] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
    // What another process does that took this one for dead.
    await database.write(() => {
      database.prepare('DELETE FROM queue_consumers').run([]);
      database.prepare('UPDATE queue_messages SET state = 0, consumer = NULL').run([]);
    });
    const [again] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
    expect(again?.message.id).toBe('a');
    expect(await lost?.ack()).toBe(false);
    expect(await again?.ack()).toBe(true);
  });

  test('makes a redriven leftover wait for its new time when its consumer lets it go', async () => {
    const queue = open(openTempDatabase());
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const [held] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4, availableAt: Date.now() + 60_000 });
    expect(await held?.ack()).toBe(true);
    expect(await queue.depths()).toMatchObject([{ ready: 0, delayed: 1, claimed: 0 }]);
  });

  test('delivers a waiting message sooner when it is published again for an earlier time', async () => {
    const queue = open(openTempDatabase());
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4, availableAt: Date.now() + 60_000 });
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const [delivery] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
    expect(delivery?.message.id).toBe('a');
  });

  test('makes a great number of messages ready that come due at once', async () => {
    const queue = open(openTempDatabase());
    let isReady = false;
    queue.onReady(() => (isReady = true));
    const availableAt = Date.now() + 50;
    const many = Array.from({ length: 2500 }, (_, i) =>
      queue.publish({ id: `m${i}`, algorithm: 'ocr', priority: 4, availableAt }),
    );
    await Promise.all(many);
    await until('they are due', () => isReady);
    await until('all are ready', async () => (await queue.depths())[0]?.ready === 2500);
  });

  test.each([
    [
      'the claim',
      'SELECT seq FROM queue_messages INDEXED BY queue_ready WHERE state = 0 AND algorithm = ?2 ORDER BY priority DESC, seq LIMIT ?3',
    ],
    [
      'the next due time',
      'SELECT available_at FROM queue_messages INDEXED BY queue_delayed WHERE state = 1 ORDER BY available_at LIMIT 1',
    ],
    ['giving back', 'SELECT seq FROM queue_messages WHERE state = 2 AND consumer = ?1'],
  ])('reads an index, and neither scans nor sorts, for %s', (_, sql) => {
    const database = openTempDatabase();
    open(database);
    const plan = database.prepare<[number, number, number, string]>(`EXPLAIN QUERY PLAN ${sql}`);
    const steps = plan.all([]).map((row) => row[3]);
    expect(steps.join('\n')).toMatch(/USING (?:COVERING )?INDEX/);
    expect(steps.join('\n')).not.toMatch(/TEMP B-TREE|SCAN queue_messages$/m);
  });
});
