import { close, fdatasync, open } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fdatasync);

/**
 * Brings SQLite's write-ahead log to the disk without holding up the event loop.
 *
 * SQLite commits with `synchronous = NORMAL`: the log is consistent at every moment and written, but not synced, at a
 * commit. Syncing the log file is all that `FULL` would do on top; here a thread of libuv's pool does it, for all commits
 * up to then. No locks of SQLite are on the log file, so another descriptor of it does no harm.
 */
export class LogSync {
  readonly #path: string;
  readonly #checkpoint: () => void;
  #file: number | undefined;
  #isSuspect = false;

  /** @param checkpoint copies the log into the database and syncs that; throws when it cannot */
  constructor(databasePath: string, checkpoint: () => void) {
    this.#path = `${databasePath}-wal`;
    this.#checkpoint = checkpoint;
  }

  /** Resolves when everything committed before this call is on the disk. One at a time. */
  async sync(): Promise<void> {
    // After a sync that failed the system takes what it could not write for written: a second one would prove nothing.
    if (this.#isSuspect) this.#checkpoint();
    this.#isSuspect = true;
    this.#file ??= await openFile(this.#path, 'r+');
    await syncFile(this.#file);
    this.#isSuspect = false;
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) await closeFile(file);
  }
}
