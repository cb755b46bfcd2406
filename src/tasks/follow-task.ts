import { RunyardError } from '../errors/index.js';
import { isFinal, type Task, type TaskEvent } from '../protocol/index.js';
import type { TaskStore } from '../store/index.js';
import { TaskChanges } from './task-changes.js';

const PAGE = 500;

/** A piece of a task's story: its record when its state has changed, and its events in between. */
export type TaskStoryItem = { type: 'state'; task: Task } | { type: 'event'; event: TaskEvent };

export interface FollowOptions {
  /** Only events with a greater `seq`: where an earlier follower stopped. @default 0, the whole story */
  after?: number;
  signal?: AbortSignal;
}

/** The story of a task from its start to its end; it ends after the final state. @throws RunyardError `task_not_found` */
export async function* followTask(
  store: Pick<TaskStore, 'get' | 'readEvents' | 'watch'>,
  id: string,
  { after = 0, signal }: FollowOptions,
): AsyncGenerator<TaskStoryItem, void, undefined> {
  const changes = new TaskChanges(store, id, signal);
  let seq = after;
  let seen = '';
  try {
    for (;;) {
      // The record first: when it says the end, every event is kept already, and reading them now finds them all.
      const task = await store.get(id);
      if (!task) throw taskNotFound(id);
      const isOver = isFinal(task.state);
      const state = describeState(task);
      if (!isOver && state !== seen) yield { type: 'state', task };
      seen = state;
      for (;;) {
        const events = await store.readEvents(id, seq, PAGE);
        for (const event of events) {
          seq = event.seq;
          yield { type: 'event', event };
        }
        if (events.length < PAGE) break;
      }
      if (isOver) return yield { type: 'state', task };
      await changes.next();
    }
  } finally {
    changes.close();
  }
}

/** Changes exactly when a follower would want to know. */
function describeState({ state, attempts, cancelRequested }: Task): string {
  return `${state} ${attempts.length} ${cancelRequested ?? false}`;
}

export function taskNotFound(id: string): RunyardError {
  return new RunyardError(
    'task_not_found',
    `There is no task "${id}": it was never accepted here, or its retention time is over.`,
  );
}
