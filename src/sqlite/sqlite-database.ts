import type Database from 'libsql';
import type { Logger } from '../telemetry/index.js';
import { ChangeNotices, type ChangeChannel } from './change-notices.js';
import { GroupCommit, type CommitParticipant, type Durability } from './group-commit.js';
import { LogSync } from './log-sync.js';
import { migrate } from './migrate.js';
import { createUnavailableError, createUnusableError, isBusy, isSqliteError } from './sqlite-failure.js';
import { Statement, type SqlRow, type SqlValue } from './statement.js';

export interface SqliteDatabaseOptions {
  path: string;
  connection: Database.Database;
  logger: Logger;
  clock: () => number;
  pollMs: number;
  busyTimeoutMs: number;
}

/** One connection to one file. Made by `openDatabase`; one per process and file, shared by all its users. */
export class SqliteDatabase {
  readonly path: string;
  readonly clock: () => number;
  readonly #connection: Database.Database;
  readonly #logger: Logger;
  readonly #busyTimeoutMs: number;
  readonly #statements = new Map<string, Statement>();
  readonly #commits: GroupCommit;
  readonly #notices: ChangeNotices;
  readonly #log: LogSync;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteDatabaseOptions) {
    this.path = options.path;
    this.clock = options.clock;
    this.#connection = options.connection;
    this.#logger = options.logger;
    this.#busyTimeoutMs = options.busyTimeoutMs;
    const version = this.prepare<[number]>('PRAGMA data_version');
    this.#notices = new ChangeNotices({
      readVersion: () => version.get([])?.[0] ?? 0,
      pollMs: options.pollMs,
      logger: options.logger,
    });
    this.#log = new LogSync(options.path, () => this.#checkpoint());
    this.#commits = new GroupCommit({
      connection: this,
      logger: options.logger,
      sync: () => this.#log.sync(),
      onCommitted: () => this.#notices.announce(),
      onRolledBack: () => this.#notices.discard(),
      busyTimeoutMs: options.busyTimeoutMs,
    });
  }

  get inTransaction(): boolean {
    return this.#connection.inTransaction;
  }

  /**
   * Runs `work` in the next transaction, together with all that is queued in this turn of the event loop; resolves with
   * its value once that is on the disk (or, for `relaxed`, safe from the end of this process). Works queued one after the
   * other without an `await` in between are kept or lost together. `work` is synchronous, changes nothing but the
   * database, and may run twice; when it throws, only its own changes are undone.
   * @throws RunyardError `queue_unavailable` when the file could not take it (disk full, read-only, locked, damaged).
   */
  write<T>(work: () => T, durability?: Durability): Promise<T> {
    return this.#commits.write(work, durability);
  }

  /**
   * Runs statements that only read, at once.
   * @throws RunyardError `queue_unavailable` when the file cannot be read.
   */
  read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      if (!isBusy(error)) throw createUnavailableError(error, this.path);
    }
    // Only while another process recovers the file after a crash: milliseconds.
    return this.#waitingForLocks(work, createUnavailableError);
  }

  /** The statement for this text, prepared once. Its rows are arrays. */
  prepare<Row extends SqlRow = SqlRow>(sql: string): Statement<Row> {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = new Statement(() => prepareNative(this.#connection, sql));
      this.#statements.set(sql, statement);
    }
    return statement as Statement<never> as Statement<Row>;
  }

  exec(sql: string): void {
    this.#connection.exec(sql);
  }

  /**
   * Brings the tables of one part up to date; each step is SQL that leads to the next version.
   * @throws RunyardError `data_unusable` when the file is newer than this program, or cannot be changed.
   */
  migrate(part: string, steps: readonly string[]): void {
    this.#waitingForLocks(() => migrate(this, part, steps), createUnusableError);
  }

  /** Where users of one kind of thing tell each other, and other processes, of its changes. */
  getChannel(name: string): ChangeChannel {
    return this.#notices.getChannel(name);
  }

  addParticipant(participant: CommitParticipant): void {
    this.#commits.addParticipant(participant);
  }

  /** Finishes what was queued, then closes the file. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    this.#notices.close();
    await this.#log.close();
    try {
      this.#connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
    } catch (error) {
      // Only tidiness: the next opener reads the log as well.
      this.#logger.debug({ err: error }, 'the write-ahead log was left for the next start');
    }
    for (const statement of this.#statements.values()) statement.forget();
    this.#connection.close();
  }

  /** Copies the whole log into the database, synced. @throws when a reader or writer is in the way */
  #checkpoint(): void {
    const [blocked] = this.prepare<[number]>('PRAGMA wal_checkpoint(FULL)').get([]) ?? [1];
    if (blocked !== 0) throw new Error('another process kept the log from being copied into the database');
  }

  /** In everyday life nothing blocks the event loop for a lock; at the start, and after a crash, it may. */
  #waitingForLocks<T>(work: () => T, createError: (error: unknown, path: string) => Error): T {
    try {
      this.#connection.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}`);
      return work();
    } catch (error) {
      throw isSqliteError(error) ? createError(error, this.path) : error;
    } finally {
      this.#connection.exec('PRAGMA busy_timeout = 0');
    }
  }
}

function prepareNative(connection: Database.Database, sql: string): Database.Statement<SqlValue[][]> {
  const statement = connection.prepare<SqlValue[][]>(sql);
  return statement.reader ? statement.raw(true) : statement;
}
