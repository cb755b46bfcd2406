import type { NewTask, Task } from '../../protocol/index.js';
import { hashPayload } from '../payload-hash.js';
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
  const options = pickOptions(task);
  return {
    task: {
      id,
      algorithm: task.algorithm,
      state: 'waiting',
      priority: task.priority ?? 4,
      createdAt: now,
      updatedAt: now,
      attemptCount: 0,
      crashCount: 0,
      lostCount: 0,
      ...options,
      payload: task.payload,
      attempts: [],
    },
    payload: JSON.stringify(task.payload),
    options: Object.keys(options).length > 0 ? JSON.stringify(options) : null,
    payloadHash: task.idempotencyKey === undefined ? null : hashPayload(task.payload),
  };
}

function pickOptions(task: NewTask): TaskOptions {
  const { runAt, deadline, timeoutMs, maxAttempts, idempotencyKey, callbackUrl, owner, depth, traceparent } =
    task;
  return {
    ...(runAt !== undefined && { runAt }),
    ...(deadline !== undefined && { deadline }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxAttempts !== undefined && { maxAttempts }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(callbackUrl !== undefined && { callbackUrl }),
    ...(owner !== undefined && { owner }),
    ...(depth !== undefined && { depth }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
