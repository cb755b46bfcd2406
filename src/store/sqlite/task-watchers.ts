import type { TaskState } from '../../protocol/index.js';
import type { ChangeChannel, SqliteDatabase, Statement } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import { decodeChange } from './task-changes.js';

interface Watched {
  listeners: Set<(state?: TaskState) => void>;
  /** As last seen after a change by another process; undefined before, and when there was no such task. */
  revision: number | undefined;
}

/** Who follows which task. Every change of a task or its events raises the revision in its row. */
export class TaskWatchers {
  readonly #database: SqliteDatabase;
  readonly #changed: ChangeChannel;
  readonly #logger: Logger;
  readonly #revision: Statement<[number]>;
  readonly #watched = new Map<string, Watched>();
  #stopListening: (() => void) | undefined;

  constructor(database: SqliteDatabase, changed: ChangeChannel, logger: Logger) {
    this.#database = database;
    this.#changed = changed;
    this.#logger = logger;
    this.#revision = database.prepare('SELECT revision FROM tasks WHERE id = ?');
  }

  watch(id: string, listener: (state?: TaskState) => void): () => void {
    const registered = (state?: TaskState): void => listener(state);
    let watched = this.#watched.get(id);
    if (!watched) {
      watched = { listeners: new Set(), revision: undefined };
      this.#watched.set(id, watched);
    }
    watched.listeners.add(registered);
    this.#stopListening ??= this.#changed.listen((changed) => this.#hear(changed));
    return () => this.#unwatch(id, watched, registered);
  }

  close(): void {
    this.#watched.clear();
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  #unwatch(id: string, watched: Watched, listener: (state?: TaskState) => void): void {
    watched.listeners.delete(listener);
    if (watched.listeners.size > 0 || this.#watched.get(id) !== watched) return;
    this.#watched.delete(id);
    if (this.#watched.size === 0) this.close();
  }

  #hear(changed: ReadonlySet<string> | undefined): void {
    if (changed) {
      for (const change of changed) {
        const { id, state } = decodeChange(change);
        this.#call(this.#watched.get(id), state);
      }
      return;
    }
    for (const [id, watched] of [...this.#watched]) {
      const revision = this.#readRevision(id);
      if (revision !== undefined && revision === watched.revision) continue;
      watched.revision = revision;
      this.#call(watched);
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

  #call(watched: Watched | undefined, state?: TaskState): void {
    for (const listener of [...(watched?.listeners ?? [])]) {
      try {
        listener(state);
      } catch (error) {
        // One follower's fault must not keep the others from hearing.
        this.#logger.error({ err: error }, 'a listener to a task failed');
      }
    }
  }
}
