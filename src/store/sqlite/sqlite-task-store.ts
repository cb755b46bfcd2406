import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NewTask, Task, TaskError, TaskEvent, TaskState } from '../../protocol/index.js';
import type { SqliteDatabase } from '../../sqlite/index.js';
import { silentLogger, type Logger } from '../../telemetry/index.js';
import { encodeEvent } from '../event-code.js';
import { encodeNewTask } from '../new-task-row.js';
import { assertSameSubmission } from '../same-submission.js';
import { DEAD } from '../state-code.js';
import type {
  AttemptEnd,
  AttemptStart,
  Callback,
  CreateResult,
  TaskFilter,
  TaskPage,
  TaskStore,
  TaskSummary,
} from '../task-store.js';
import { AttemptTable } from './attempt-table.js';
import { STORE_SCHEMA } from './schema.js';
import { TaskChanges } from './task-changes.js';
import { TaskEvents } from './task-events.js';
import { TaskLists } from './task-lists.js';
import { TaskPruner } from './task-pruner.js';
import { TaskTable } from './task-table.js';
import { TaskWatchers } from './task-watchers.js';

export interface SqliteTaskStoreOptions {
  /** Shared with the queue: what is queued in one turn is kept in one transaction. Not closed by the store. */
  database: SqliteDatabase;
  logger?: Logger;
}

/** Rows handled at once where there may be many, so that nothing else waits long. */
const PRUNE_AT_ONCE = 200;
const READ_AT_ONCE = 500;

/**
 * Task records in a SQLite file, which several processes of one machine may share.
 * @throws RunyardError `queue_unavailable` from every method when the file cannot take it; then nothing was done.
 */
export class SqliteTaskStore implements TaskStore {
  readonly #database: SqliteDatabase;
  readonly #changes: TaskChanges;
  readonly #tasks: TaskTable;
  readonly #attempts: AttemptTable;
  readonly #lists: TaskLists;
  readonly #events: TaskEvents;
  readonly #pruner: TaskPruner;
  readonly #watchers: TaskWatchers;

  /** @throws RunyardError `data_unusable` when the file was made by a newer version */
  constructor({ database, logger = silentLogger }: SqliteTaskStoreOptions) {
    database.migrate('store', STORE_SCHEMA);
    this.#database = database;
    this.#changes = new TaskChanges(database);
    this.#tasks = new TaskTable(database, this.#changes);
    this.#attempts = new AttemptTable(database, this.#changes, this.#tasks);
    this.#lists = new TaskLists(database, this.#changes.counts);
    this.#events = new TaskEvents(database);
    this.#pruner = new TaskPruner(database, this.#changes, this.#events);
    this.#watchers = new TaskWatchers(database, this.#changes.changed, logger);
  }

  async create(id: string, task: NewTask, now: number): Promise<CreateResult> {
    const row = encodeNewTask(id, task, now);
    const first = await this.#database.write(() => this.#tasks.create(row));
    if (!first) return { task: row.task, created: true };
    const firstHash = this.#database.read(() => this.#tasks.getPayloadHash(first.id));
    assertSameSubmission(first, firstHash, task);
    return { task: first, created: false };
  }

  createDead(id: string, task: NewTask, error: TaskError, now: number): Promise<boolean> {
    const row = encodeNewTask(id, task, now);
    return this.#database.write(
      () => !this.#tasks.create(row) && this.#tasks.endWaiting(id, DEAD, error, now),
    );
  }

  async get(id: string): Promise<Task | undefined> {
    return this.#database.read(() => this.#tasks.get(id));
  }

  async getSummary(id: string): Promise<TaskSummary | undefined> {
    return this.#database.read(() => this.#tasks.getSummary(id));
  }

  async list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage> {
    return this.#database.read(() => this.#lists.list(filter, limit, after));
  }

  async counts(): Promise<{ algorithm: string; state: TaskState; count: number }[]> {
    return this.#database.read(() => this.#lists.getCounts());
  }

  async oldestWaiting(now: number): Promise<{ algorithm: string; since: number }[]> {
    return this.#database.read(() => this.#lists.getOldestWaiting(now));
  }

  startAttempt(id: string, attempt: AttemptStart): Promise<Task | undefined> {
    return this.#database.write(() => this.#attempts.start(id, attempt), 'relaxed');
  }

  endAttempt(id: string, end: AttemptEnd): Promise<boolean> {
    return this.#database.write(() => this.#attempts.end(id, end));
  }

  expire(id: string, error: TaskError, now: number): Promise<boolean> {
    return this.#database.write(() => this.#tasks.endWaiting(id, DEAD, error, now));
  }

  cancel(id: string, now: number): Promise<TaskState | undefined> {
    return this.#database.write(() => this.#tasks.cancel(id, now));
  }

  redrive(id: string, now: number, payload?: unknown): Promise<Task | undefined> {
    const text = payload === undefined ? undefined : JSON.stringify(payload);
    return this.#database.write(() => this.#tasks.redrive(id, now, text));
  }

  async findExpired(
    query: { deadlineBefore: number } | { algorithm: string; createdBefore: number },
    limit: number,
  ): Promise<string[]> {
    if ('algorithm' in query) return this.#findWaitingSince(query.algorithm, query.createdBefore, limit);
    return this.#database.read(() => this.#lists.findPastDeadline(query.deadlineBefore, limit));
  }

  /** Reads from the oldest on, and no further than to the first page that ends with a young one. */
  async #findWaitingSince(algorithm: string, before: number, limit: number): Promise<string[]> {
    const found: string[] = [];
    let after = 0;
    for (;;) {
      const rows = this.#database.read(() => this.#lists.readWaiting(algorithm, after, READ_AT_ONCE));
      for (const [, id, createdAt, dueSince] of rows) {
        if (createdAt < before && dueSince < before) found.push(id);
      }
      const last = rows.at(-1);
      if (!last || rows.length < READ_AT_ONCE || last[2] >= before || found.length >= limit) break;
      after = last[0];
      await nextTurn();
    }
    return found.slice(0, limit);
  }

  async appendEvents(id: string, events: readonly Omit<TaskEvent, 'seq'>[]): Promise<void> {
    if (events.length === 0) return;
    const encoded = events.map(encodeEvent);
    await this.#database.write(() => {
      if (this.#events.append(id, encoded)) this.#changes.markChanged(id);
    });
  }

  async readEvents(id: string, after: number, limit: number): Promise<TaskEvent[]> {
    return this.#database.read(() => this.#events.read(id, after, limit));
  }

  watch(id: string, listener: (state?: TaskState) => void): () => void {
    return this.#watchers.watch(id, listener);
  }

  claimCallbacks(now: number, limit: number, leaseMs: number): Promise<Callback[]> {
    return this.#database.write(() => this.#changes.callbacks.claim(now, limit, leaseMs));
  }

  settleCallback(taskId: string, next: { retryAt: number } | { done: true }): Promise<void> {
    return this.#database.write(() => this.#changes.callbacks.settle(taskId, next));
  }

  async prune(endedBefore: number, limit: number): Promise<number> {
    let pruned = 0;
    while (pruned < limit) {
      const wanted = Math.min(PRUNE_AT_ONCE, limit - pruned);
      const count = await this.#database.write(() => this.#pruner.prune(endedBefore, wanted));
      pruned += count;
      if (count < wanted) break;
    }
    return pruned;
  }

  async close(): Promise<void> {
    this.#watchers.close();
  }
}
