import type { SqliteDatabase, Statement } from '../../sqlite/index.js';
import type { TaskChanges } from './task-changes.js';
import type { TaskEvents } from './task-events.js';

type PrunedRow = [seq: number, id: string, algorithm: string, state: number];

/** Deletes what is left of ended tasks. */
export class TaskPruner {
  readonly #changes: TaskChanges;
  readonly #events: TaskEvents;
  readonly #delete: Statement<PrunedRow>;

  constructor(database: SqliteDatabase, changes: TaskChanges, events: TaskEvents) {
    this.#changes = changes;
    this.#events = events;
    this.#delete = database.prepare(
      `DELETE FROM tasks WHERE seq IN
         (SELECT seq FROM tasks INDEXED BY tasks_ended
          WHERE ended_at IS NOT NULL AND ended_at < ?1 ORDER BY ended_at LIMIT ?2)
       RETURNING seq, id, algorithm, state`,
    );
  }

  /** Inside a write. Gives how many. */
  prune(endedBefore: number, limit: number): number {
    const rows = this.#delete.all([endedBefore, limit]);
    for (const [seq, id, algorithm, state] of rows) {
      this.#events.delete(seq);
      this.#changes.bodies.delete(seq);
      this.#changes.callbacks.drop(id);
      this.#changes.counts.add(algorithm, state, -1);
      this.#changes.markChanged(id);
    }
    return rows.length;
  }
}
