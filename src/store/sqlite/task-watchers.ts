import type { TaskState } from '../../protocol/index.js';
import type { ChangeChannel, SqliteDatabase, Statement } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import { TaskListeners } from '../task-listeners.js';
import { decodeChange } from './task-changes.js';

/** Who follows which task. Every change of a task or its events raises the revision in its row. */
export class TaskWatchers {
  readonly #database: SqliteDatabase;
  readonly #changed: ChangeChannel;
  readonly #logger: Logger;
  readonly #revision: Statement<[number]>;
  readonly #listeners: TaskListeners;
  /** As last seen after a change by another process; undefined before, and when there was no such task. */
  readonly #revisions = new Map<string, number | undefined>();
  #stopListening: (() => void) | undefined;

  constructor(database: SqliteDatabase, changed: ChangeChannel, logger: Logger) {
    this.#database = database;
    this.#changed = changed;
    this.#logger = logger;
    this.#listeners = new TaskListeners(logger);
    this.#revision = database.prepare('SELECT revision FROM tasks WHERE id = ?');
  }

  watch(id: string, listener: (state?: TaskState) => void): () => void {
    this.#stopListening ??= this.#changed.listen((changed) => this.#hear(changed));
    return this.#listeners.add(id, listener, () => {
      this.#revisions.delete(id);
      if (this.#listeners.size === 0) this.close();
    });
  }

  close(): void {
    this.#listeners.clear();
    this.#revisions.clear();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #hear(changed: ReadonlySet<string> | undefined): void {
    if (changed) {
      for (const change of changed) {
        const { id, state } = decodeChange(change);
        this.#listeners.call(id, state);
      }
      return;
    }
    for (const id of this.#listeners.ids()) {
      const revision = this.#readRevision(id);
      if (revision !== undefined && revision === this.#revisions.get(id)) continue;
      this.#revisions.set(id, revision);
      this.#listeners.call(id);
    }
  }

  #readRevision(id: string): number | undefined {
    try {
      return this.#database.read(() => this.#revision.get([id])?.[0]);
    } catch (error) {
      // Counts as changed: the listener looks for itself, and meets the error where it can be answered.
      this.#logger.debug({ err: error, task: id }, 'could not look whether a watched task changed');
      return undefined;
    }
  }
}
