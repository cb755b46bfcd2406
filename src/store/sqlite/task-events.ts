import type { TaskEvent } from '../../protocol/index.js';
import type { SqliteDatabase, Statement } from '../../sqlite/index.js';
import { decodeEvent, type EncodedEvent, type EventRow } from '../event-code.js';

/** What tasks said of themselves while they ran. */
export class TaskEvents {
  readonly #number: Statement<[task: number, last: number]>;
  readonly #insert: Statement;
  readonly #read: Statement<EventRow>;
  readonly #delete: Statement;

  constructor(database: SqliteDatabase) {
    this.#number = database.prepare(
      'UPDATE tasks SET event_seq = event_seq + ?2, revision = revision + 1 WHERE id = ?1 RETURNING seq, event_seq',
    );
    this.#insert = database.prepare('INSERT INTO task_events VALUES (?, ?, ?, ?, ?, ?)');
    this.#read = database.prepare(
      `SELECT seq, time, attempt, type, data FROM task_events
       WHERE task = (SELECT seq FROM tasks WHERE id = ?1) AND seq > ?2 ORDER BY seq LIMIT ?3`,
    );
    this.#delete = database.prepare('DELETE FROM task_events WHERE task = ?');
  }

  /** Inside a write. False when there is no such task (any more). */
  append(id: string, events: readonly EncodedEvent[]): boolean {
    const row = this.#number.get([id, events.length]);
    if (!row) return false;
    const [task, last] = row;
    events.forEach((event, index) => this.#insert.run([task, last - events.length + 1 + index, ...event]));
    return true;
  }

  read(id: string, after: number, limit: number): TaskEvent[] {
    return this.#read.all([id, after, limit]).map(decodeEvent);
  }

  /** Inside a write. @param task the task's `seq` */
  delete(task: number): void {
    this.#delete.run([task]);
  }
}
