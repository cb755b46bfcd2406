import { RunyardError } from '../../errors/index.js';
import type { Task } from '../../protocol/index.js';
import { toSummary, toTask, type SummaryRow, type TaskRow } from '../task-row.js';
import type { TaskSummary } from '../task-store.js';
import { decodeText } from './text-code.js';

/** PostgreSQL keeps long texts outside of a row by itself: there is no other place to look. */
export function inlineOnly(seq: number, kind: 'payload' | 'result'): never {
  throw new RunyardError('internal', `Expected the ${kind} of the task with seq ${seq} in its row.`);
}

export function decodeTask(row: TaskRow): Task {
  return decodeNames(toTask(row, inlineOnly));
}

export function decodeSummary(row: SummaryRow): TaskSummary {
  return decodeNames(toSummary(row));
}

function decodeNames<T extends { id: string; algorithm: string }>(task: T): T {
  task.id = decodeText(task.id);
  task.algorithm = decodeText(task.algorithm);
  return task;
}
