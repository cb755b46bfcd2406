import { describe, expect, test } from 'vitest';
import { openPostgresTaskStore } from '../../src/store/index.js';
import { decodeNotice, encodeNotices } from '../../src/store/postgres/change-notices.js';
import { releaseLater } from '../release.js';
import { runSql } from '../servers/postgres.js';
import { until } from '../until.js';
import { createTask, openStore, T0 } from './open-postgres.js';

describe('watching tasks in PostgreSQL', () => {
  test('more changes at once than fit into a notice are all heard of by other processes', async () => {
    const { store, place } = await openStore();
    const other = releaseLater(await openPostgresTaskStore(place));
    const ids = Array.from({ length: 600 }, (_, n) => `a task with a name that is rather long ${n}`);
    await Promise.all(ids.map((id) => createTask(store, id)));
    const heard = new Set<string>();
    let isListening = false;
    other.watch(ids[0] ?? '', () => (isListening = true));
    await until('it listens', () => isListening);
    for (const id of ids) other.watch(id, (state) => state === 'cancelled' && heard.add(id));
    await Promise.all(ids.map((id) => store.cancel(id, T0)));
    await until('all are heard of', () => heard.size === ids.length);
  });

  test('a change that nobody told of is found', async () => {
    const { store, place } = await openStore();
    await createTask(store, 'a');
    let heard = 0;
    store.watch('a', () => (heard += 1));
    await until('it listens', () => heard > 0);
    // As by a process that died after its change, before its notice.
    await runSql(place.url, `UPDATE "${place.schema}".tasks SET cancel_requested = 1`);
    const before = heard;
    await until('it is found', () => heard > before);
  });

  test('connections that are cut do not hurt what comes later', async () => {
    const { store, place } = await openStore();
    const { url } = place;
    const heard: unknown[] = [];
    await createTask(store, 'a');
    store.watch('a', (state) => heard.push(state));
    const other = releaseLater(await openPostgresTaskStore(place));
    await until('it listens', () => heard.length > 0);
    for (let round = 0; round < 3; round++) {
      await runSql(
        url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name LIKE 'runyard%' AND pid <> pg_backend_pid() AND datname = current_database()`,
      );
      expect((await createTask(store, `after ${round}`)).created).toBe(true);
      expect(await store.get('a')).toMatchObject({ id: 'a' });
    }
    heard.length = 0;
    await other.cancel('a', T0);
    await until('the change of the other is heard of', () => heard.length > 0);
  });

  test('notices hold each change, or say that anything may have changed', () => {
    const marks = Array.from({ length: 1000 }, (_, n) => ({ id: `täsk \n ${n}`, state: 'dead' as const }));
    const notices = encodeNotices('me', [...marks, { id: 'b' }]);
    expect(notices.length).toBeGreaterThan(1);
    for (const notice of notices) expect(Buffer.byteLength(notice)).toBeLessThan(8000);
    const told = notices.map(decodeNotice);
    expect(told.every(({ origin }) => origin === 'me')).toBe(true);
    expect(told.flatMap((notice) => notice.marks)).toEqual([...marks, { id: 'b' }]);
    const many = encodeNotices('me', [{ id: 'x'.repeat(9000) }]);
    expect(many.map(decodeNotice)).toEqual([{ origin: 'me', marks: undefined }]);
  });
});
