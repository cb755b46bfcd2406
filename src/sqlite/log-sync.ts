import { close, fdatasync, open } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const syncFile = promisify(fdatasync);

/**
 * Brings SQLite's write-ahead log to the disk without holding up the event loop.
 *
 * SQLite commits with `synchronous = NORMAL`: the log is consistent at every moment and written, but not synced, at a
 * commit. Syncing the log file is all that `FULL` would do on top; here a thread of libuv's pool does it, for all commits up to then.
 * No locks of SQLite are on the log file, so another descriptor of it does no harm.
 */
export class LogSync {
  readonly #path: string;
  #file: Promise<number> | undefined;

  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`;
  }

  /** Resolves when everything committed before this call is on the disk. */
  async sync(): Promise<void> {
    this.#file ??= openFile(this.#path, 'r+');
    await syncFile(await this.#file);
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    if (file) await closeFile(await file);
  }
}
