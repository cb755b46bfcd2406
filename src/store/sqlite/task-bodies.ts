import type { SqliteDatabase, Statement } from '../../sqlite/index.js';

/** Longer ones are kept apart, in characters: a change of a task's row does not write them again. */
const INLINE_LENGTH = 2048;

/** Payloads and results too long for a task's row. */
export class TaskBodies {
  readonly #put: Statement;
  readonly #get: Statement<[string]>;
  readonly #delete: Statement;

  constructor(database: SqliteDatabase) {
    this.#put = database.prepare('INSERT OR REPLACE INTO task_bodies (key, body) VALUES (?, ?)');
    this.#get = database.prepare('SELECT body FROM task_bodies WHERE key = ?');
    this.#delete = database.prepare('DELETE FROM task_bodies WHERE key BETWEEN ? AND ?');
  }

  /** What goes into the row: the text itself, or null when it is to be kept apart. */
  inline(text: string): string | null {
    return text.length <= INLINE_LENGTH ? text : null;
  }

  /** Keeps a text that was too long for the row. */
  put(seq: number, kind: 'payload' | 'result', text: string): void {
    if (this.inline(text) === null) this.#put.run([getKey(seq, kind), text]);
  }

  readonly read = (seq: number, kind: 'payload' | 'result'): string => {
    return this.#get.get([getKey(seq, kind)])?.[0] ?? 'null';
  };

  delete(seq: number): void {
    this.#delete.run([getKey(seq, 'payload'), getKey(seq, 'result')]);
  }
}

/** One integer for both parts of the key: the fastest one SQLite has. */
function getKey(seq: number, kind: 'payload' | 'result'): number {
  return seq * 2 + (kind === 'payload' ? 0 : 1);
}
