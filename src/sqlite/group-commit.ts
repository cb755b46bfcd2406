import type { Logger } from '../telemetry/index.js';
import { RunyardError } from '../errors/index.js';
import {
  createUnavailableError,
  createUnsyncedError,
  isBusy,
  isSqliteError,
  isWholeFileFailure,
} from './sqlite-failure.js';

/** Keeps something in memory while a transaction runs, and writes it in one go at its end. */
export interface CommitParticipant {
  /** Inside the transaction, before it (or, in an isolated work, that work's part of it) is kept. */
  flush(): void;
  /** What was added since the last flush did not happen. */
  discard(): void;
}

/** The part of a connection that transactions need. */
export interface TransactionConnection {
  readonly path: string;
  readonly inTransaction: boolean;
  exec(sql: string): void;
}

export interface GroupCommitOptions {
  connection: TransactionConnection;
  logger: Logger;
  /** Brings all that was committed to the disk. */
  sync: () => Promise<void>;
  /** Changes are visible to every reader; those that were promised to be synced are not on the disk yet. */
  onCommitted: () => void;
  onRolledBack: () => void;
  /** How long to ask for a lock that another process holds, in milliseconds. */
  busyTimeoutMs: number;
}

/**
 * - `synced`: on the disk before it is said to be kept; it survives a failure of the machine.
 * - `relaxed`: survives the end of this process, and is on the disk with the next synced change at the latest. For what
 *   would only be done again if it were lost: claims, starts of attempts, renewals.
 */
export type Durability = 'synced' | 'relaxed';

interface QueuedWork {
  run: () => unknown;
  durability: Durability;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** Works queued in one go, without a return to the event loop in between: never torn apart. */
type WorkGroup = QueuedWork[];

type Outcome = { work: QueuedWork; value: unknown } | { work: QueuedWork; error: unknown };

/** A transaction takes no further group after this time, so that the event loop gets its turn. */
const MAX_BATCH_MS = 20;
const BUSY_RETRY_MS = 1;

/**
 * Runs all works queued in one turn of the event loop in one transaction, so that they share its fsync.
 *
 * A work may be run twice: when one of a batch throws, all is rolled back and run again with each work in a savepoint
 * of its own, so that only the bad one is lost. Works therefore change nothing but the database.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #participants: CommitParticipant[] = [];
  #groups: WorkGroup[] = [];
  #openGroup: WorkGroup | undefined;
  /** How many groups at the head of the queue are to be run in savepoints. */
  #suspects = 0;
  #scheduled = false;
  #busySince: number | undefined;
  #closed = false;
  /** Committed, and waiting for the sync that runs after the one that runs now. */
  #unsynced: Outcome[] = [];
  #syncing = false;
  #onIdle: (() => void)[] = [];

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  addParticipant(participant: CommitParticipant): void {
    this.#participants.push(participant);
  }

  write<T>(work: () => T, durability: Durability = 'synced'): Promise<T> {
    if (this.#closed) {
      return Promise.reject(
        new RunyardError('queue_unavailable', 'The database is closed; nothing was kept.'),
      );
    }
    return new Promise<T>((resolve, reject) => {
      this.#getOpenGroup().push({
        run: work,
        durability,
        resolve: resolve as (value: unknown) => void,
        reject,
      });
      this.#schedule();
    });
  }

  /** Takes no more works and resolves when those that were queued are settled. */
  close(): Promise<void> {
    this.#closed = true;
    return new Promise((resolve) => {
      this.#onIdle.push(resolve);
      this.#tellIdle();
    });
  }

  #getOpenGroup(): WorkGroup {
    if (!this.#openGroup) {
      this.#openGroup = [];
      this.#groups.push(this.#openGroup);
      queueMicrotask(() => (this.#openGroup = undefined));
    }
    return this.#openGroup;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#begin()) this.#runTransaction();
    if (this.#groups.length > 0) return this.#busySince === undefined ? this.#schedule() : undefined;
    this.#tellIdle();
  }

  /** False when there is no transaction: another process has the lock and a timer asks again, or all was rejected. */
  #begin(): boolean {
    try {
      this.#options.connection.exec('BEGIN IMMEDIATE');
      this.#busySince = undefined;
      return true;
    } catch (error) {
      if (isBusy(error) && this.#waitForLock()) return false;
      this.#busySince = undefined;
      this.#rejectGroups(this.#groups.splice(0), error);
      return false;
    }
  }

  #waitForLock(): boolean {
    const now = performance.now();
    this.#busySince ??= now;
    if (now - this.#busySince > this.#options.busyTimeoutMs) return false;
    this.#scheduled = true;
    setTimeout(() => this.#flush(), BUSY_RETRY_MS);
    return true;
  }

  #runTransaction(): void {
    const isolated = this.#suspects > 0;
    const taken: WorkGroup[] = [];
    const outcomes: Outcome[] = [];
    try {
      this.#runGroups(taken, outcomes, isolated);
      for (const participant of this.#participants) participant.flush();
      this.#options.connection.exec('COMMIT');
    } catch (error) {
      this.#rollBack();
      if (isolated || isWholeFileFailure(error)) return this.#rejectGroups(taken, error);
      this.#suspects = taken.length;
      this.#groups.unshift(...taken);
      return;
    }
    this.#options.onCommitted();
    settle(outcomes.filter(({ work }) => work.durability === 'relaxed'));
    this.#unsynced.push(...outcomes.filter(({ work }) => work.durability === 'synced'));
    void this.#syncCommitted();
  }

  /** One sync at a time; what is committed meanwhile shares the next one. */
  async #syncCommitted(): Promise<void> {
    if (this.#syncing) return;
    this.#syncing = true;
    while (this.#unsynced.length > 0) {
      const outcomes = this.#unsynced;
      this.#unsynced = [];
      await this.#syncAndSettle(outcomes);
    }
    this.#syncing = false;
    this.#tellIdle();
  }

  async #syncAndSettle(outcomes: Outcome[]): Promise<void> {
    const { sync, logger, connection } = this.#options;
    try {
      await sync();
      settle(outcomes);
    } catch (error) {
      logger.error({ err: error }, 'committed changes could not be brought to the disk');
      const reason = createUnsyncedError(error, connection.path);
      for (const { work } of outcomes) work.reject(reason);
    }
  }

  #tellIdle(): void {
    if (this.#groups.length > 0 || this.#unsynced.length > 0 || this.#syncing) return;
    for (const onIdle of this.#onIdle.splice(0)) onIdle();
  }

  #runGroups(taken: WorkGroup[], outcomes: Outcome[], isolated: boolean): void {
    const until = performance.now() + MAX_BATCH_MS;
    const mayTakeMore = (): boolean => (isolated ? this.#suspects > 0 : performance.now() < until);
    do {
      const group = this.#groups.shift();
      if (!group) return;
      taken.push(group);
      if (isolated) this.#suspects -= 1;
      for (const work of group)
        outcomes.push(isolated ? this.#runIsolated(work) : { work, value: work.run() });
    } while (mayTakeMore());
  }

  #runIsolated(work: QueuedWork): Outcome {
    const { connection } = this.#options;
    connection.exec('SAVEPOINT work');
    try {
      const value = work.run();
      for (const participant of this.#participants) participant.flush();
      connection.exec('RELEASE work');
      return { work, value };
    } catch (error) {
      if (isWholeFileFailure(error)) throw error;
      connection.exec('ROLLBACK TO work');
      connection.exec('RELEASE work');
      for (const participant of this.#participants) participant.discard();
      return { work, error: toWorkError(error) };
    }
  }

  #rollBack(): void {
    const { connection, logger } = this.#options;
    for (const participant of this.#participants) participant.discard();
    this.#options.onRolledBack();
    try {
      // SQLite ends the transaction itself on some failures, a full disk among them.
      if (connection.inTransaction) connection.exec('ROLLBACK');
    } catch (error) {
      logger.error({ err: error }, 'rolling back failed');
    }
  }

  #rejectGroups(groups: WorkGroup[], error: unknown): void {
    this.#suspects = 0;
    const reason = isSqliteError(error)
      ? createUnavailableError(error, this.#options.connection.path)
      : error;
    for (const work of groups.flat()) work.reject(reason);
  }
}

function settle(outcomes: Outcome[]): void {
  for (const outcome of outcomes) {
    if ('error' in outcome) outcome.work.reject(outcome.error);
    else outcome.work.resolve(outcome.value);
  }
}

function toWorkError(error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  return new RunyardError('internal', `A change was refused by the database: ${error.message}.`, {
    cause: error,
  });
}
