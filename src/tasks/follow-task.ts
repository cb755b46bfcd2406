import { RunyardError } from '../errors/index.js';
import { isFinal, type Task, type TaskEvent } from '../protocol/index.js';
import type { TaskStore, TaskSummary } from '../store/index.js';
import { TaskChanges } from './task-changes.js';

const PAGE = 500;

/** A piece of a task's story: its record when its state has changed, and its events in between. */
export type TaskStoryItem = { type: 'state'; task: Task } | { type: 'event'; event: TaskEvent };

export interface FollowOptions {
  /** Only events with a greater `seq`: where an earlier follower stopped. @default 0, the whole story */
  after?: number;
  signal?: AbortSignal;
}

type Store = Pick<TaskStore, 'get' | 'getSummary' | 'readEvents' | 'watch'>;

/** The story of a task from its start to its end; it ends after the final state. @throws RunyardError `task_not_found` */
export async function* followTask(
  store: Store,
  id: string,
  { after = 0, signal }: FollowOptions,
): AsyncGenerator<TaskStoryItem, void, undefined> {
  const changes = new TaskChanges(store, id, signal);
  let seq = after;
  let told = '';
  try {
    for (;;) {
      // The record first: when it says the end, every event is kept already, and reading them now finds them all.
      const task = await readIfChanged(store, id, told);
      if (task && !isFinal(task.state)) yield { type: 'state', task };
      for await (const event of readEvents(store, id, seq)) {
        seq = event.seq;
        yield { type: 'event', event };
      }
      if (task && isFinal(task.state)) return yield { type: 'state', task };
      if (task) told = describeState(task);
      await changes.next();
    }
  } finally {
    changes.close();
  }
}

/** The whole record, unless it says what was told before: events come often, and payloads may be large. */
async function readIfChanged(store: Store, id: string, told: string): Promise<Task | undefined> {
  const summary = await store.getSummary(id);
  if (!summary) throw taskNotFound(id);
  if (describeState(summary) === told) return undefined;
  const task = await store.get(id);
  if (!task) throw taskNotFound(id);
  return task;
}

/** Changes exactly when a follower would want to know. */
function describeState({ state, attemptCount, lostCount, cancelRequested }: TaskSummary): string {
  return `${state} ${attemptCount} ${lostCount} ${cancelRequested ?? false}`;
}

async function* readEvents(store: Store, id: string, after: number): AsyncGenerator<TaskEvent> {
  for (let seq = after; ;) {
    const events = await store.readEvents(id, seq, PAGE);
    yield* events;
    seq = events.at(-1)?.seq ?? seq;
    if (events.length < PAGE) return;
  }
}

export function taskNotFound(id: string): RunyardError {
  return new RunyardError(
    'task_not_found',
    `There is no task "${id}": it was never accepted here, or its retention time is over.`,
  );
}
