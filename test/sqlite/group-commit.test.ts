import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { RunyardError } from '../../src/errors/index.js';
import { Tally } from '../../src/sqlite/index.js';
import { LogSync } from '../../src/sqlite/log-sync.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { createTempDir, insertNote, openNotes, readNotes } from './temp-dir.js';

describe('works queued in one turn', () => {
  test('share one transaction', async () => {
    const database = openNotes();
    const exec = vi.spyOn(database, 'exec');
    const works = Array.from({ length: 100 }, (_, i) =>
      database.write(() => insertNote(database, `note ${i}`)),
    );
    await Promise.all(works);
    expect(exec.mock.calls.map(([sql]) => sql)).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
    expect(readNotes(database)).toHaveLength(100);
  });

  test('are on the disk, for every process to see, when they resolve', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path });
    const other = openNotes({ path });
    const value = await database.write(() => {
      insertNote(database, 'here');
      return readNotes(other);
    });
    expect(value).toEqual([]);
    expect(readNotes(other)).toEqual(['here']);
  });

  test('are never torn apart, however many there are', async () => {
    const database = openNotes();
    const exec = vi.spyOn(database, 'exec');
    const slow = Array.from({ length: 60 }, (_, i) =>
      database.write(() => {
        insertNote(database, `slow ${i}`);
        const end = performance.now() + 1;
        while (performance.now() < end);
      }),
    );
    await Promise.all(slow);
    expect(exec.mock.calls.filter(([sql]) => sql === 'COMMIT')).toHaveLength(1);
  });

  test('queued in many separate turns leave the event loop time in between', async () => {
    const database = openNotes();
    let settled = 0;
    const works: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      // Each in a microtask of its own: nothing ties these together.
      await Promise.resolve();
      works.push(
        database.write(() => {
          insertNote(database, `note ${i}`);
          const end = performance.now() + 2;
          while (performance.now() < end);
        }),
      );
    }
    void Promise.all(works.map(async (work) => work.then(() => (settled += 1))));
    await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(settled).toBeLessThan(100);
    await Promise.all(works);
    expect(readNotes(database)).toHaveLength(100);
  });
});

describe('a work that throws', () => {
  test('is undone alone, and the others of its transaction are kept', async () => {
    const database = openNotes();
    const settled = await Promise.allSettled([
      database.write(() => insertNote(database, 'before')),
      database.write(() => {
        insertNote(database, 'half done');
        throw new RunyardError('task_conflict', 'no');
      }),
      database.write(() => insertNote(database, 'after')),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { code: 'task_conflict' } });
    expect(readNotes(database)).toEqual(['before', 'after']);
  });

  test('because SQLite refused its change gets an internal error, and its statement works the next time', async () => {
    const database = openNotes();
    await database.write(() => insertNote(database, 'twice'));
    const [again, other] = await Promise.allSettled([
      database.write(() => insertNote(database, 'twice')),
      database.write(() => insertNote(database, 'other')),
    ]);
    expect(again).toMatchObject({ reason: { code: 'internal' } });
    expect(other.status).toBe('fulfilled');
    await database.write(() => insertNote(database, 'third'));
    expect(readNotes(database)).toEqual(['twice', 'other', 'third']);
  });

  test('takes its counts with it, and only its own', async () => {
    const database = openNotes();
    database.migrate('counts', [Tally.createTable('counts')]);
    const tally = new Tally(database, 'counts');
    await Promise.allSettled([
      database.write(() => tally.add('kept', 0, 1)),
      database.write(() => {
        tally.add('lost', 0, 1);
        tally.add('kept', 0, 5);
        throw new Error('no');
      }),
      database.write(() => tally.move('kept', 0, 1)),
    ]);
    await database.write(() => tally.add('kept', 2, 3));
    expect(tally.read()).toEqual([
      { name: 'kept', kind: 1, count: 1 },
      { name: 'kept', kind: 2, count: 3 },
    ]);
  });

  test('does not make the works of later turns run in savepoints', async () => {
    const database = openNotes();
    await expect(
      database.write(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const exec = vi.spyOn(database, 'exec');
    await database.write(() => insertNote(database, 'later'));
    expect(exec.mock.calls.map(([sql]) => sql)).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
  });
});

describe('a lock that another process holds', () => {
  test('is waited for without stopping the event loop', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path });
    const other = openNotes({ path });
    other.exec('BEGIN IMMEDIATE');
    let isSettled = false;
    const write = database.write(() => insertNote(database, 'patient')).then(() => (isSettled = true));
    let turns = 0;
    await until('the event loop went round', () => ++turns > 20, { everyMs: 1 });
    expect(isSettled).toBe(false);
    other.exec('COMMIT');
    await write;
    expect(readNotes(other)).toEqual(['patient']);
  });

  test('is given up after the time-out, and nothing is kept', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path, busyTimeoutMs: 50 });
    const other = openNotes({ path });
    other.exec('BEGIN IMMEDIATE');
    const write = database.write(() => insertNote(database, 'impatient'));
    await expect(write).rejects.toMatchObject({ code: 'queue_unavailable', message: /lock/ });
    other.exec('ROLLBACK');
    expect(readNotes(other)).toEqual([]);
    await database.write(() => insertNote(database, 'next'));
    expect(readNotes(other)).toEqual(['next']);
  });
});

describe('closing', () => {
  test('finishes what was queued and refuses what comes after', async () => {
    const path = join(createTempDir(), 'yard.db');
    const database = openNotes({ path });
    const queued = database.write(() => insertNote(database, 'queued'));
    const closing = database.close();
    await expect(database.write(() => insertNote(database, 'late'))).rejects.toMatchObject({
      code: 'queue_unavailable',
    });
    await Promise.all([queued, closing]);
    expect(readNotes(openNotes({ path }))).toEqual(['queued']);
  });
});

describe('bringing commits to the disk', () => {
  test('happens once for all that was committed while the last one ran', async () => {
    const database = openNotes();
    const holds: (() => void)[] = [];
    const sync = vi
      .spyOn(LogSync.prototype, 'sync')
      .mockImplementation(() => new Promise((resolve) => holds.push(resolve)));
    releaseLater({ close: () => sync.mockRestore() });
    const first = database.write(() => insertNote(database, 'first'));
    await until('the first sync runs', () => holds.length === 1, { everyMs: 1 });
    const later = ['a', 'b', 'c'].map(async (note) => {
      await database.write(() => undefined, 'relaxed');
      return database.write(() => insertNote(database, note));
    });
    await until('all are committed', () => readNotes(database).length === 4, { everyMs: 1 });
    expect(holds).toHaveLength(1);
    holds[0]?.();
    await first;
    await until('the second sync runs', () => holds.length === 2, { everyMs: 1 });
    holds[1]?.();
    await Promise.all(later);
    expect(sync).toHaveBeenCalledTimes(2);
  });

  test('is not waited for by what may be lost with the machine, and readers see all of it', async () => {
    const database = openNotes();
    let release: () => void = () => {};
    const sync = vi
      .spyOn(LogSync.prototype, 'sync')
      .mockImplementationOnce(() => new Promise((resolve) => (release = resolve)));
    releaseLater({ close: () => sync.mockRestore() });
    let isSynced = false;
    const synced = database.write(() => insertNote(database, 'synced')).then(() => (isSynced = true));
    await database.write(() => insertNote(database, 'relaxed'), 'relaxed');
    expect(isSynced).toBe(false);
    expect(readNotes(database)).toEqual(['synced', 'relaxed']);
    release();
    await synced;
  });

  test('is said to have failed when it did, without denying that the change may have been kept', async () => {
    const database = openNotes();
    const sync = vi.spyOn(LogSync.prototype, 'sync').mockRejectedValueOnce(new Error('EIO: i/o error'));
    releaseLater({ close: () => sync.mockRestore() });
    const write = database.write(() => insertNote(database, 'doubtful'));
    await expect(write).rejects.toMatchObject({ code: 'queue_unavailable' });
    await expect(write).rejects.toThrow(/EIO.*may have been kept/);
    await database.write(() => insertNote(database, 'next'));
    expect(readNotes(database)).toEqual(['doubtful', 'next']);
  });
});
