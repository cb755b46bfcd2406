import type { SqliteDatabase, Statement } from '../../sqlite/index.js';
import type { Callback } from '../task-store.js';

type CallbackRow = [task: string, url: string, tries: number];

/** Callbacks that are owed: each comes into being in the transaction that ends its task. */
export class CallbackOutbox {
  readonly #owe: Statement;
  readonly #claim: Statement<CallbackRow>;
  readonly #retry: Statement;
  readonly #done: Statement;
  readonly #drop: Statement;

  constructor(database: SqliteDatabase) {
    this.#owe = database.prepare('INSERT OR REPLACE INTO task_callbacks VALUES (?, ?, 0, ?, 0)');
    this.#claim = database.prepare(
      `UPDATE task_callbacks SET due_at = ?1 + ?3, tries = tries + 1, leased = 1
       WHERE task IN (SELECT task FROM task_callbacks WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2)
       RETURNING task, url, tries - 1`,
    );
    // Only one that was claimed: a task redriven and ended again meanwhile owes a new callback.
    this.#retry = database.prepare(
      'UPDATE task_callbacks SET due_at = ?2, leased = 0 WHERE task = ?1 AND leased = 1',
    );
    this.#done = database.prepare('DELETE FROM task_callbacks WHERE task = ?1 AND leased = 1');
    this.#drop = database.prepare('DELETE FROM task_callbacks WHERE task = ?1');
  }

  owe(id: string, url: string, now: number): void {
    this.#owe.run([id, url, now]);
  }

  claim(now: number, limit: number, leaseMs: number): Callback[] {
    return this.#claim.all([now, limit, leaseMs]).map(([taskId, url, tries]) => ({ taskId, url, tries }));
  }

  settle(id: string, next: { retryAt: number } | { done: true }): void {
    if ('retryAt' in next) this.#retry.run([id, next.retryAt]);
    else this.#done.run([id]);
  }

  drop(id: string): void {
    this.#drop.run([id]);
  }
}
