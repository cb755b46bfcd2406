import type { Callback } from '../task-store.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement } from './statement.js';
import { decodeText, encodeText } from './text-code.js';

const CLAIM = createStatement<[task: string, url: string, tries: number]>(
  'claim callbacks',
  `UPDATE task_callbacks SET due_at = $1::bigint + $3::bigint, tries = tries + 1, leased = true
   WHERE task = ANY (ARRAY(
     SELECT task FROM task_callbacks WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED
   )) RETURNING task, url, tries - 1`,
);

/** Only one that was claimed: a task redriven and ended again meanwhile owes a new callback. */
const RETRY = createStatement(
  'retry callback',
  'UPDATE task_callbacks SET due_at = $2, leased = false WHERE task = $1 AND leased',
);

const DONE = createStatement('settle callback', 'DELETE FROM task_callbacks WHERE task = $1 AND leased');

/** Callbacks that are owed: each comes into being in the transaction that ends its task. */
export class CallbackOutbox {
  readonly #server: PostgresServer;

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  async claim(now: number, limit: number, leaseMs: number): Promise<Callback[]> {
    const rows = await this.#server.query(CLAIM, [now, limit, leaseMs]);
    return rows.map(([task, url, tries]) => ({ taskId: decodeText(task), url: decodeText(url), tries }));
  }

  async settle(id: string, next: { retryAt: number } | { done: true }): Promise<void> {
    if ('retryAt' in next) await this.#server.query(RETRY, [encodeText(id), next.retryAt]);
    else await this.#server.query(DONE, [encodeText(id)]);
  }
}
