import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/errors/index.js';
import type { SqliteDatabase } from '../../src/sqlite/index.js';
import { releaseLater } from '../release.js';
import { createTempDir, insertNote, openNotes, readNotes } from './temp-dir.js';

const text = (name: string): string => name.padEnd(100_000, '.');

/** Writes until it is refused; gives the refusal and what was accepted before it. */
async function fill(database: SqliteDatabase): Promise<{ accepted: string[]; error: unknown }> {
  const accepted: string[] = [];
  for (let i = 0; i < 1000; i++) {
    try {
      await database.write(() => insertNote(database, text(`note ${i}`)));
      accepted.push(text(`note ${i}`));
    } catch (error) {
      return { accepted, error };
    }
  }
  throw new Error('expected the disk to be full at some time');
}

async function expectHonesty(database: SqliteDatabase): Promise<void> {
  const { accepted, error } = await fill(database);
  expect(accepted.length).toBeGreaterThan(0);
  expect(error).toMatchObject({ code: 'queue_unavailable' });
  expect(describeError(error)).toMatch(/disk is full/);
  expect(readNotes(database)).toEqual(accepted);

  const together = await Promise.allSettled([
    database.write(() => database.exec('CREATE TABLE small (x)')),
    database.write(() => insertNote(database, text('too much'.repeat(10)))),
  ]);
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(() => database.prepare('SELECT * FROM small').all([])).toThrow(/no such table/);
}

describe('a full disk', () => {
  test('refuses all changes of a transaction, says so, and loses nothing that was accepted', async () => {
    const database = openNotes();
    database.exec('PRAGMA max_page_count = 200');
    await expectHonesty(database);
    database.exec('PRAGMA max_page_count = 2000');
    await database.write(() => insertNote(database, 'room again'));
    expect(readNotes(database).at(-1)).toBe('room again');
  });

  test.skipIf(!mountTiny(undefined))('does so on a real file system without space', async () => {
    const dir = join(createTempDir(), 'tiny');
    mkdirSync(dir);
    mountTiny(dir);
    releaseLater({ close: () => execFileSync('umount', ['--lazy', dir]) });
    const database = openNotes({ path: join(dir, 'yard.db') });
    await expectHonesty(database);
    await database.write(() => database.prepare('DELETE FROM notes').run([]));
    expect(readNotes(database)).toEqual([]);
  });
});

/** Mounts a file system of 2 MB; without a directory, only tells whether that is possible here. */
function mountTiny(dir: string | undefined): boolean {
  try {
    if (dir === undefined)
      execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tiny', '/mnt'], { stdio: 'ignore' });
    else execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tiny', dir]);
    return true;
  } catch {
    // Not root, or a container that may not mount.
    return false;
  }
}
