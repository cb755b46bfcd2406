import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'libsql';
import { silentLogger, type Logger } from '../telemetry/index.js';
import { createUnusableError, isBusy } from './sqlite-failure.js';
import { SqliteDatabase } from './sqlite-database.js';

export interface OpenDatabaseOptions {
  /** The file; it and its directory are made when they are not there, readable by this user alone. */
  path: string;
  logger?: Logger;
  /** Milliseconds since the epoch. @default Date.now */
  clock?: () => number;
  /** Time between two looks for changes by other processes, while somebody listens, in milliseconds. @default 25 */
  pollMs?: number;
  /** How long a change waits for a lock that another process holds, in milliseconds. @default 5000 */
  busyTimeoutMs?: number;
}

/** Commits are synced by LogSync, off the event loop; the log is shortened again after a large value went through it. */
const SETTINGS = `
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16000;
  PRAGMA temp_store = MEMORY;
  PRAGMA busy_timeout = 0;
`;

/**
 * Opens (or makes) the one file of a yard's queue and store. Call it once per process and file, and share the result.
 * @throws RunyardError `data_unusable` when the directory or file cannot be written or is no database.
 */
export function openDatabase(options: OpenDatabaseOptions): SqliteDatabase {
  const path = resolve(options.path);
  const busyTimeoutMs = options.busyTimeoutMs ?? 5000;
  const connection = connect(path, busyTimeoutMs);
  return new SqliteDatabase({
    path,
    connection,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? Date.now,
    pollMs: options.pollMs ?? 25,
    busyTimeoutMs,
  });
}

function connect(path: string, busyTimeoutMs: number): Database.Database {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    const connection = new Database(path);
    connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    enterWalMode(connection, busyTimeoutMs);
    connection.exec(SETTINGS);
    return connection;
  } catch (error) {
    throw createUnusableError(error, path);
  }
}

/** SQLite does not wait for this lock by itself when two processes make the file at once. */
function enterWalMode(connection: Database.Database, busyTimeoutMs: number): void {
  const until = performance.now() + busyTimeoutMs;
  for (;;) {
    try {
      connection.prepare('PRAGMA journal_mode = WAL').all();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
