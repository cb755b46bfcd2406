import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/sqlite/index.js';
import { Program } from './program.js';
import { createTempDir, insertNote, openNotes, openTempDatabase, readNotes } from './temp-dir.js';

describe('opening', () => {
  test('makes the directory and the file, for this user alone', () => {
    const path = join(createTempDir(), 'a', 'b', 'yard.db');
    openTempDatabase({ path });
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  test('refuses a directory that cannot be made', () => {
    const file = join(createTempDir(), 'file');
    writeFileSync(file, '');
    expect(() => openDatabase({ path: join(file, 'yard.db') })).toThrow(
      expect.objectContaining({ code: 'data_unusable' }),
    );
  });

  test.skipIf(process.getuid?.() === 0)('refuses a directory that cannot be written', () => {
    const dir = join(createTempDir(), 'locked');
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    expect(() => openDatabase({ path: join(dir, 'yard.db') })).toThrow(
      expect.objectContaining({ code: 'data_unusable' }),
    );
  });

  test('refuses a file that is something else', () => {
    const path = join(createTempDir(), 'yard.db');
    writeFileSync(path, 'This is a letter, and no database.\n'.repeat(100));
    expect(() => openDatabase({ path })).toThrow(/no SQLite database/);
    expect(() => openDatabase({ path })).toThrow(expect.objectContaining({ code: 'data_unusable' }));
  });

  test('keeps a write-ahead log that is sound at every moment', () => {
    const database = openTempDatabase();
    expect(database.prepare('PRAGMA journal_mode').get([])).toEqual(['wal']);
    // NORMAL: SQLite orders its writes; bringing them to the disk is done beside it.
    expect(database.prepare('PRAGMA synchronous').get([])).toEqual([1]);
  });
});

describe('migrations', () => {
  const first = 'CREATE TABLE notes (note TEXT NOT NULL UNIQUE)';
  const second = "INSERT INTO notes VALUES ('from the migration')";

  test('run once each, whenever they come', () => {
    const path = join(createTempDir(), 'yard.db');
    openTempDatabase({ path }).migrate('notes', [first]);
    const database = openTempDatabase({ path });
    database.migrate('notes', [first, second]);
    database.migrate('notes', [first, second]);
    expect(readNotes(database)).toEqual(['from the migration']);
  });

  test('of one part leave the others alone', () => {
    const database = openTempDatabase();
    database.migrate('notes', [first, second]);
    database.migrate('letters', ['CREATE TABLE letters (letter TEXT)']);
    expect(() => database.migrate('notes', [first, second])).not.toThrow();
  });

  test('refuse a file that a newer version made', () => {
    const path = join(createTempDir(), 'yard.db');
    openTempDatabase({ path }).migrate('notes', [first, second]);
    const older = openTempDatabase({ path });
    expect(() => older.migrate('notes', [first])).toThrow(/newer version/);
    expect(() => older.migrate('notes', [first])).toThrow(expect.objectContaining({ code: 'data_unusable' }));
  });

  test('that fail leave the file as it was', () => {
    const database = openTempDatabase();
    database.migrate('notes', [first]);
    expect(() => database.migrate('notes', [first, `${second}; NONSENSE`])).toThrow(
      expect.objectContaining({ code: 'data_unusable' }),
    );
    expect(readNotes(database)).toEqual([]);
    database.migrate('notes', [first, second]);
    expect(readNotes(database)).toEqual(['from the migration']);
  });

  test('run once when several processes make the file at the same moment', async () => {
    const path = join(createTempDir(), 'yard.db');
    const source = fileURLToPath(new URL('./open-program.ts', import.meta.url));
    const programs = await Promise.all(Array.from({ length: 4 }, () => Program.start(source, [path])));
    const ends = await Promise.all(programs.map((program) => program.ended()));
    expect(ends.map(({ stderr }) => stderr)).toEqual(['', '', '', '']);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const notes = readNotes(openTempDatabase({ path }));
    expect(notes.filter((note) => note === 'migrated')).toHaveLength(1);
    expect(notes).toHaveLength(5);
  });
});

describe('statements', () => {
  test.each([
    ['a boolean', true],
    ['a buffer', Buffer.from('bytes')],
    ['nothing', undefined],
    ['no number', Number.NaN],
    ['an object', {}],
  ])('refuse %s instead of ending the process', (_, value) => {
    const database = openNotes();
    const insert = database.prepare('INSERT INTO notes VALUES (?)');
    expect(() => insert.run([value as never])).toThrow(expect.objectContaining({ code: 'internal' }));
    expect(readNotes(database)).toEqual([]);
  });

  test('that failed once work the next time', () => {
    const database = openNotes();
    const insert = database.prepare('INSERT INTO notes VALUES (json(?)) RETURNING note');
    expect(() => insert.get(['{'])).toThrow(/malformed/);
    expect(insert.get(['{}'])).toEqual(['{}']);
    expect(() => insert.all(['{'])).toThrow(/malformed/);
    expect(insert.all(['[]'])).toEqual([['[]']]);
  });

  test('leave no transaction open behind a read', async () => {
    const path = join(createTempDir(), 'yard.db');
    const reader = openNotes({ path });
    const writer = openNotes({ path });
    const select = reader.prepare<[number]>('SELECT count(*) FROM notes');
    expect(select.get([])).toEqual([0]);
    await writer.write(() => insertNote(writer, 'new'));
    expect(select.get([])).toEqual([1]);
    await reader.write(() => insertNote(reader, 'newer'));
    expect(readNotes(writer)).toEqual(['new', 'newer']);
  });
});
