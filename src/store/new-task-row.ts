import type { NewTask, Task } from '../protocol/index.js';
import { hashPayload } from './payload-hash.js';
import type { TaskOptions } from './task-row.js';

/** A task to be created, encoded before the transaction so that a large payload does not prolong it. */
export interface NewTaskRow {
  /** As it is read back. */
  task: Task;
  payload: string;
  options: string | null;
  /** Only with an idempotency key. */
  payloadHash: string | null;
}

export function encodeNewTask(id: string, task: NewTask, now: number): NewTaskRow {
  const created: Task = {
    id,
    algorithm: task.algorithm,
    state: 'waiting',
    priority: task.priority ?? 4,
    createdAt: now,
    updatedAt: now,
    attemptCount: 0,
    crashCount: 0,
    lostCount: 0,
    payload: task.payload,
    attempts: [],
  };
  const options = pickOptions(task);
  return {
    task: options ? Object.assign(created, options) : created,
    payload: JSON.stringify(task.payload),
    options: options ? JSON.stringify(options) : null,
    payloadHash: task.idempotencyKey === undefined ? null : hashPayload(task.payload),
  };
}

/** Complete, or it does not compile. */
const OPTIONS: Record<keyof TaskOptions, true> = {
  runAt: true,
  deadline: true,
  timeoutMs: true,
  maxAttempts: true,
  idempotencyKey: true,
  callbackUrl: true,
  owner: true,
  depth: true,
  traceparent: true,
};
const OPTION_NAMES = Object.keys(OPTIONS) as (keyof TaskOptions)[];

function pickOptions(task: NewTask): TaskOptions | undefined {
  let options: Record<string, unknown> | undefined;
  for (const name of OPTION_NAMES) {
    if (task[name] !== undefined) (options ??= {})[name] = task[name];
  }
  return options;
}
