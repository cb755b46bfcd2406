import type { TaskState } from '../../protocol/index.js';
import type { ChangeChannel, SqliteDatabase } from '../../sqlite/index.js';
import { Tally } from '../../sqlite/index.js';
import { CallbackOutbox } from './callback-outbox.js';
import { getStateName } from '../state-code.js';
import { TaskBodies } from './task-bodies.js';

/** What goes along with every change of a task, in the same transaction: counts, watchers, callbacks, long texts. */
export class TaskChanges {
  readonly counts: Tally;
  readonly changed: ChangeChannel;
  readonly callbacks: CallbackOutbox;
  readonly bodies: TaskBodies;

  constructor(database: SqliteDatabase) {
    this.counts = new Tally(database, 'task_counts');
    this.changed = database.getChannel('store.tasks');
    this.callbacks = new CallbackOutbox(database);
    this.bodies = new TaskBodies(database);
  }

  /** A task came into `state`; `from` is undefined for a new one. */
  enter(task: { id: string; algorithm: string }, from: number | undefined, state: number): void {
    if (from !== undefined) this.counts.add(task.algorithm, from, -1);
    this.counts.add(task.algorithm, state, 1);
    this.changed.mark(`${state}${task.id}`);
  }

  /** Something else of a task changed. */
  markChanged(id: string): void {
    this.changed.mark(`-${id}`);
  }

  /** A task ended; whoever asked for a callback is owed one from now on. */
  end(
    task: { id: string; algorithm: string; callbackUrl: string | null },
    from: number,
    state: number,
    now: number,
  ): void {
    this.enter(task, from, state);
    if (task.callbackUrl !== null) this.callbacks.owe(task.id, task.callbackUrl, now);
  }
}

/** What a mark of `changed` says: its first character is the state the task came into. */
export function decodeChange(mark: string): { id: string; state: TaskState | undefined } {
  return { id: mark.slice(1), state: mark.startsWith('-') ? undefined : getStateName(Number(mark[0])) };
}
