import { RunyardError } from '../errors/index.js';
import type { SqlRow, Statement } from './statement.js';

/** What migrating needs of a database. */
export interface MigratableDatabase {
  readonly path: string;
  exec(sql: string): void;
  prepare<Row extends SqlRow>(sql: string): Statement<Row>;
  readonly inTransaction: boolean;
}

const CREATE_VERSIONS =
  'CREATE TABLE IF NOT EXISTS runyard_schema (part TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID';

/**
 * Brings the tables of one part up to date: step N leads from version N to N + 1, and each runs once, whichever of
 * several starting processes comes first. The caller lets SQLite wait for locks.
 * @throws RunyardError `data_unusable` when the file was made by a newer version.
 */
export function migrate(database: MigratableDatabase, part: string, steps: readonly string[]): void {
  database.exec(CREATE_VERSIONS);
  if (readVersion(database, part, steps.length) === steps.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const step of steps.slice(readVersion(database, part, steps.length))) database.exec(step);
    database
      .prepare('INSERT INTO runyard_schema VALUES (?1, ?2) ON CONFLICT DO UPDATE SET version = ?2')
      .run([part, steps.length]);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function readVersion(database: MigratableDatabase, part: string, known: number): number {
  const row = database.prepare<[number]>('SELECT version FROM runyard_schema WHERE part = ?').get([part]);
  const version = row?.[0] ?? 0;
  if (version <= known) return version;
  throw new RunyardError(
    'data_unusable',
    `${database.path} was made by a newer version: its ${part} tables have version ${version}, this program knows ` +
      `up to ${known}. Use the newer program, or another data directory.`,
  );
}
