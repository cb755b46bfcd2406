import { isFinal, type Task, type TaskState } from '../protocol/index.js';
import type { TaskStore } from '../store/index.js';
import { taskNotFound } from './follow-task.js';
import { TaskChanges } from './task-changes.js';

export interface WaitOptions {
  /** Wait no longer than this. @default without end */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Told of the task as it is at first; what it throws ends the wait. */
  onFound?: (task: Task) => void;
}

/** Resolves with the task once it has ended, or as it is when the time is over. @throws RunyardError `task_not_found`, or the signal's reason */
export async function waitForTask(
  store: Pick<TaskStore, 'get' | 'getSummary' | 'watch'>,
  id: string,
  { timeoutMs, signal, onFound }: WaitOptions,
): Promise<Task> {
  const changes = new TaskChanges(store, id, signal, isFinal);
  const until = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
  try {
    const first = await store.get(id);
    if (!first) throw taskNotFound(id);
    onFound?.(first);
    if (isFinal(first.state)) return first;
    let state: TaskState | undefined = first.state;
    while (state !== undefined && !isFinal(state)) {
      const leftMs = until === undefined ? undefined : until - performance.now();
      if (leftMs !== undefined && leftMs <= 0) break;
      // Who changed it in this process says the state, which saves a look at the disk.
      state = (await changes.next(leftMs)) ?? (await store.getSummary(id))?.state;
    }
  } finally {
    changes.close();
  }
  const task = await store.get(id);
  if (!task) throw taskNotFound(id);
  return task;
}
