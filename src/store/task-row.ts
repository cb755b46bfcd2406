import type { Attempt, NewTask, Task, TaskError } from '../protocol/index.js';
import type { TaskSummary } from './task-store.js';
import { getStateName, STATE_CODE } from './state-code.js';

/** The optional fields of a task, kept together as JSON. */
export type TaskOptions = Omit<NewTask, 'algorithm' | 'payload' | 'priority'>;

export const SUMMARY_COLUMNS = `seq, id, algorithm, state, priority, created_at, updated_at, started_at, ended_at,
  attempt_count, crash_count, lost_count, cancel_requested, error, options`;

export type SummaryRow = [
  seq: number,
  id: string,
  algorithm: string,
  state: number,
  priority: number,
  createdAt: number,
  updatedAt: number,
  startedAt: number | null,
  endedAt: number | null,
  attemptCount: number,
  crashCount: number,
  lostCount: number,
  cancelRequested: number,
  error: string | null,
  options: string | null,
];

export const TASK_COLUMNS = `${SUMMARY_COLUMNS}, attempt_number, attempt_started_at, token, attempts, payload, result`;

export type TaskRow = [
  ...SummaryRow,
  attemptNumber: number,
  attemptStartedAt: number | null,
  token: string | null,
  attempts: string | null,
  payload: string | null,
  result: string | null,
];

/** What is not known already of a task whose attempt has just started. */
export const STARTED_COLUMNS = `seq, algorithm, priority, created_at, started_at, attempt_count, crash_count, lost_count,
  options, attempt_number, attempts, payload`;

export type StartedRow = [
  seq: number,
  algorithm: string,
  priority: number,
  createdAt: number,
  startedAt: number,
  attemptCount: number,
  crashCount: number,
  lostCount: number,
  options: string | null,
  attemptNumber: number,
  attempts: string | null,
  payload: string | null,
];

/** Gives a body that is kept apart from its row. */
export type ReadBody = (seq: number, kind: 'payload' | 'result') => string;

export function toSummary(row: SummaryRow | TaskRow): TaskSummary {
  const [, id, algorithm, state, priority, createdAt, updatedAt, startedAt, endedAt] = row;
  return {
    id,
    algorithm,
    state: getStateName(state),
    priority,
    createdAt,
    updatedAt,
    ...(startedAt !== null && { startedAt }),
    ...(endedAt !== null && { endedAt }),
    attemptCount: row[9],
    crashCount: row[10],
    lostCount: row[11],
    ...(row[12] !== 0 && { cancelRequested: true }),
    ...(row[13] !== null && { error: JSON.parse(row[13]) as TaskError }),
    ...(row[14] !== null && (JSON.parse(row[14]) as TaskOptions)),
  };
}

export function toTask(row: TaskRow, readBody: ReadBody): Task {
  const payload = row[19] ?? readBody(row[0], 'payload');
  return {
    ...toSummary(row),
    payload: JSON.parse(payload) as unknown,
    ...(row[3] === STATE_CODE.succeeded && { resultJson: row[20] ?? readBody(row[0], 'result') }),
    attempts: getAttempts(row),
  };
}

/** The same as reading the whole row, at half the cost. */
export function toRunningTask(
  id: string,
  { token, startedAt }: { token: string; startedAt: number },
  row: StartedRow,
  readBody: ReadBody,
): Task {
  const task: Task = {
    id,
    algorithm: row[1],
    state: 'running',
    priority: row[2],
    createdAt: row[3],
    updatedAt: startedAt,
    startedAt: row[4],
    attemptCount: row[5],
    crashCount: row[6],
    lostCount: row[7],
    payload: JSON.parse(row[11] ?? readBody(row[0], 'payload')) as unknown,
    attempts: [...parseAttempts(row[10]), { number: row[9], token, startedAt }],
  };
  return row[8] === null ? task : Object.assign(task, JSON.parse(row[8]) as TaskOptions);
}

function getAttempts(row: TaskRow): Attempt[] {
  const [number, startedAt, token] = [row[15], row[16], row[17]];
  const attempts = parseAttempts(row[18]);
  if (token !== null && startedAt !== null) attempts.push({ number, token, startedAt });
  return attempts;
}

/** @param list JSON objects with commas in between */
function parseAttempts(list: string | null): Attempt[] {
  return list === null ? [] : (JSON.parse(`[${list}]`) as Attempt[]);
}
