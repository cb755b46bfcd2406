import { describeError, RunyardError } from '../errors/index.js';

/** What SQLite throws: `SQLITE_FULL`, `SQLITE_IOERR_WRITE` and so on in `code`. */
interface SqliteError extends Error {
  code: string;
}

/** Failures of the file, the disk or the lock: they concern every change of a transaction, not one statement. */
const WHOLE_FILE = /^SQLITE_(?:FULL|IOERR|NOMEM|READONLY|CORRUPT|NOTADB|CANTOPEN|BUSY|LOCKED|PROTOCOL|PERM)/;

export function isSqliteError(error: unknown): error is SqliteError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_')
  );
}

export function isBusy(error: unknown): boolean {
  return isSqliteError(error) && error.code.startsWith('SQLITE_BUSY');
}

export function isWholeFileFailure(error: unknown): boolean {
  return isSqliteError(error) && WHOLE_FILE.test(error.code);
}

/** The error a caller sees when the file did not take (or give) what was asked. */
export function createUnavailableError(error: unknown, path: string): RunyardError {
  return new RunyardError(
    'queue_unavailable',
    `${getReason(error, path)} Nothing of this was kept; try again.`,
    {
      cause: error,
      retryAfterMs: 1000,
    },
  );
}

/** The error of changes that every reader sees, but that a failure of the machine might still undo. */
export function createUnsyncedError(error: unknown, path: string): RunyardError {
  return new RunyardError(
    'queue_unavailable',
    `${getReason(error, path)} It may have been kept all the same: look, or try again with the same id or key.`,
    { cause: error, retryAfterMs: 1000 },
  );
}

/** The error of a file that cannot be opened at all. */
export function createUnusableError(error: unknown, path: string): RunyardError {
  return new RunyardError(
    'data_unusable',
    `${getReason(error, path)} Check the data directory, or choose another.`,
    {
      cause: error,
    },
  );
}

function getReason(error: unknown, path: string): string {
  const code = isSqliteError(error) ? error.code : '';
  if (code.startsWith('SQLITE_FULL'))
    return `Expected room for ${path}, but the disk is full: free some space.`;
  if (code.startsWith('SQLITE_READONLY')) return `Expected to write ${path}, but it is read-only.`;
  if (code.startsWith('SQLITE_BUSY')) return `Another process holds the lock of ${path} for too long.`;
  if (code.startsWith('SQLITE_NOTADB')) return `${path} is no SQLite database.`;
  if (code.startsWith('SQLITE_CORRUPT')) return `${path} is damaged (${describeError(error)}).`;
  return `Expected to read and write ${path}, but: ${describeError(error)}.`;
}
