/** One SQLite file shared by the queue and the store: group commit, migrations and change notices. */
export * from './open-database.js';
export type { ChangeChannel, ChangeListener } from './change-notices.js';
export type { CommitParticipant } from './group-commit.js';
export type { SqliteDatabase } from './sqlite-database.js';
export type { RunInfo, SqlRow, SqlValue, Statement } from './statement.js';
export * from './tally.js';
