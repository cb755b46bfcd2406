import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase, type OpenDatabaseOptions, type SqliteDatabase } from '../../src/sqlite/index.js';
import { releaseLater } from '../release.js';

/** A directory that is gone after the test. */
export function createTempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'runyard-sqlite-'));
  releaseLater({ close: () => rmSync(dir, { recursive: true, force: true }) });
  return dir;
}

/** A database that is closed after the test. */
export function openTempDatabase(options: Partial<OpenDatabaseOptions> = {}): SqliteDatabase {
  const path = options.path ?? join(createTempDir(), 'yard.db');
  return releaseLater(openDatabase({ pollMs: 5, ...options, path }));
}

/** One with a table `notes (note TEXT NOT NULL UNIQUE)`. */
export function openNotes(options: Partial<OpenDatabaseOptions> = {}): SqliteDatabase {
  const database = openTempDatabase(options);
  database.migrate('notes', ['CREATE TABLE notes (note TEXT NOT NULL UNIQUE)']);
  return database;
}

export function insertNote(database: SqliteDatabase, note: string): void {
  database.prepare('INSERT INTO notes VALUES (?)').run([note]);
}

export function readNotes(database: SqliteDatabase): string[] {
  const select = database.prepare<[string]>('SELECT note FROM notes ORDER BY rowid');
  return database.read(() => select.all([]).map(([note]) => note));
}
