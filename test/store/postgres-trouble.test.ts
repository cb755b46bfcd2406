import { describe, expect, test } from 'vitest';
import { openPostgresTaskStore } from '../../src/store/index.js';
import { releaseLater } from '../release.js';
import { runSql } from '../servers/postgres.js';
import { until } from '../until.js';
import { createServer, createTask, openStore, T0 } from './open-postgres.js';

describe('a PostgreSQL server in trouble', () => {
  test.each([
    ['53100', 'could not extend file: No space left on device', /the disk of .* is full: free some space/],
    ['25006', 'cannot execute UPDATE in a read-only transaction', /it is read-only/],
  ])(
    'that fails with %s says so to whoever asked, and is used again when it can',
    async (code, said, message) => {
      const { store, place } = await openStore();
      const { url, schema } = place;
      await createTask(store, 'kept');
      // The server's own error, without filling the disk of this machine.
      await runSql(
        url,
        `SET search_path = "${schema}";
       CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION '${said}' USING ERRCODE = '${code}'; END $$;
       CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON tasks EXECUTE FUNCTION fail();`,
      );
      const unavailable = { code: 'store_unavailable', status: 503, retryAfterMs: 1000, message };
      const many = await Promise.allSettled(['a', 'b', 'c'].map((id) => createTask(store, id)));
      for (const result of many) expect(result).toMatchObject({ reason: unavailable });
      expect(await store.get('kept')).toMatchObject({ state: 'waiting' });
      await runSql(url, `DROP FUNCTION "${schema}".fail CASCADE`);
      expect((await createTask(store, 'a')).created).toBe(true);
    },
  );

  test('a lock that is held for too long fails the change, and not forever', async () => {
    const { store, place } = await openStore({ statementTimeoutMs: 300 });
    const { url, schema } = place;
    await createTask(store, 'a');
    const locked = runSql(url, `BEGIN; LOCK TABLE "${schema}".tasks; SELECT pg_sleep(3); COMMIT`);
    await until('it is locked', async () => {
      const [row] = await runSql(
        url,
        `SELECT count(*)::integer AS locks FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted
           AND relation = '"${schema}".tasks'::regclass`,
      );
      return row?.['locks'] === 1;
    });
    await expect(store.cancel('a', T0)).rejects.toMatchObject({
      code: 'store_unavailable',
      message: /did not finish in time/,
    });
    await locked;
    expect(await store.cancel('a', T0)).toBe('cancelled');
  });

  test('killed and started again while changes run: what was kept is there, nothing hangs, it heals', async () => {
    const server = await createServer();
    await server.start();
    const store = releaseLater(
      await openPostgresTaskStore({ url: server.url, connectTimeoutMs: 1000, statementTimeoutMs: 5000 }),
    );
    const kept = { created: new Set<string>(), ended: new Set<string>() };
    const failures: unknown[] = [];
    let isOver = false;
    const work = async (worker: number): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const id = `task ${worker} ${n}`;
        const token = `token of ${id}`;
        try {
          await createTask(store, id);
          kept.created.add(id);
          await store.startAttempt(id, { token, startedAt: T0, lostDeliveries: 0 });
          const isKept = await store.endAttempt(id, {
            token,
            endedAt: T0,
            outcome: 'succeeded',
            resultJson: '1',
          });
          if (isKept) kept.ended.add(id);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const workers = Array.from({ length: 30 }, (_, worker) => work(worker));
    for (let kill = 0; kill < 3; kill++) {
      const before = kept.ended.size;
      await until('work goes on', () => kept.ended.size > before + 200);
      await server.stop('immediate');
      const failed = failures.length;
      await until('changes fail', () => failures.length > failed);
      await server.start();
    }
    const before = kept.ended.size;
    await until('it heals', () => kept.ended.size > before + 200);
    isOver = true;
    await Promise.all(workers);
    for (const error of failures)
      expect(error).toMatchObject({ code: 'store_unavailable', retryAfterMs: 1000 });
    const rows = await runSql(server.url, 'SELECT id, state FROM runyard.tasks');
    const states = new Map(rows.map(({ id, state }) => [id, state]));
    expect([...kept.created].filter((id) => !states.has(id))).toEqual([]);
    expect([...kept.ended].filter((id) => states.get(id) !== 2)).toEqual([]);
    // What is counted beside the rows is what is there.
    const counted = (await store.counts()).reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(rows.length);
  });

  test('killed between start and end may forget the start, never the task, and never what has ended', async () => {
    const server = await createServer();
    await server.start();
    const store = releaseLater(
      await openPostgresTaskStore({ url: server.url, connectTimeoutMs: 1000, statementTimeoutMs: 5000 }),
    );
    const start = (id: string) =>
      store.startAttempt(id, { token: `of ${id}`, startedAt: T0, lostDeliveries: 0, fresh: true });
    const end = (id: string) =>
      store.endAttempt(id, { token: `of ${id}`, endedAt: T0, outcome: 'succeeded', resultJson: '1' });
    await Promise.all(['ended', 'open'].map((id) => createTask(store, id)));
    await start('ended');
    expect(await end('ended')).toBe(true);
    expect(await start('open')).toMatchObject({ state: 'running' });
    await server.stop('immediate');
    await server.start();
    const after = await until('it answers', () => store.get('open').catch(() => undefined));
    expect(['waiting', 'running']).toContain(after?.state);
    expect(await store.get('ended')).toMatchObject({ state: 'succeeded', resultJson: '1' });
    // Whoever ran it hears that its attempt is not the current one, and gives the message back.
    expect(await end('open')).toBe(after?.state === 'running');
    if (after?.state === 'waiting') expect(await start('open')).toMatchObject({ state: 'running' });
  });

  test('that does not answer any more fails what is asked in time, and is used again when it answers', async () => {
    const server = await createServer();
    await server.start();
    const store = releaseLater(
      await openPostgresTaskStore({ url: server.url, connectTimeoutMs: 500, statementTimeoutMs: 500 }),
    );
    await createTask(store, 'a');
    server.freeze();
    const asked = [createTask(store, 'b'), store.get('a'), store.counts()];
    for (const result of await Promise.allSettled(asked))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'store_unavailable' } });
    server.thaw();
    expect(await until('it answers', () => store.get('a').catch(() => undefined))).toMatchObject({ id: 'a' });
    expect((await createTask(store, 'c')).created).toBe(true);
  });
});
