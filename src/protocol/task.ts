import type { ErrorCode, FailureClass } from '../errors/catalogue.js';
import type { FieldError, LogLine } from './run.js';

/**
 * - `waiting`: accepted and durable; not taken by a controller, or waiting for its next try or its `runAt`.
 * - `running`: a controller holds an attempt of it.
 * - `succeeded`: it has a result. Final.
 * - `dead`: it has an error and will not be tried again unless it is redriven.
 * - `cancelled`: somebody cancelled it. Final.
 */
export type TaskState = 'waiting' | 'running' | 'succeeded' | 'dead' | 'cancelled';

export const TASK_STATES: readonly TaskState[] = ['waiting', 'running', 'succeeded', 'dead', 'cancelled'];

/** States that nothing leads out of (but redrive, for `dead` and `cancelled`). */
export function isFinal(state: TaskState): boolean {
  return state === 'succeeded' || state === 'dead' || state === 'cancelled';
}

/** Stands in for the algorithm of a dead task made of a message that names none. */
export const UNREADABLE = '_unreadable';

/** What ended a task, or one attempt of it. */
export interface TaskError {
  class: FailureClass;
  code: ErrorCode;
  message: string;
  errorType?: string;
  stacktrace?: string;
  errors?: FieldError[];
}

const LOST: ReadonlySet<ErrorCode> = new Set(['attempt_lost', 'connection_lost', 'process_stopped']);

/** True when something else ended the attempt: it burns no try and is no crash of the task. */
export function isLost(error: { code: ErrorCode }): boolean {
  return LOST.has(error.code);
}

/** One try of a task. */
export interface Attempt {
  /** From 1; tries that a busy runner turned away are not kept. */
  number: number;
  /** Unguessable name of this try: only its holder can settle the task. */
  token: string;
  /** Id of the runner that took it, once known. */
  runner?: string;
  startedAt: number;
  endedAt?: number;
  /** Time in the process, in milliseconds. */
  durationMs?: number;
  /** Absent for the successful one. */
  error?: TaskError;
  /** The last lines the algorithm printed. */
  logs?: LogLine[];
}

/** What a submitter may say. Times are ISO 8601 or milliseconds since the epoch on the wire, and milliseconds here. */
export interface NewTask {
  algorithm: string;
  /** Arguments by name; any JSON value where the algorithm's schema allows it. */
  payload: unknown;
  /** 0 (first to give way) to 9 (first to go). @default 4 */
  priority?: number;
  /** Not before this moment. */
  runAt?: number;
  /** Dead with `expired` when it has not been started by this moment. */
  deadline?: number;
  /** Time limit of one attempt, in milliseconds. */
  timeoutMs?: number;
  maxAttempts?: number;
  /** A second submission with the same key (and owner) gives the first task back. */
  idempotencyKey?: string;
  /** Gets a signed POST when the task has ended. */
  callbackUrl?: string;
  /** Name of the API key that submitted it; set by the gateway, never by the caller. */
  owner?: string;
  depth?: number;
  traceparent?: string;
}

/** A task as it is kept and shown. All times are milliseconds since the epoch. */
export interface Task extends NewTask {
  id: string;
  state: TaskState;
  priority: number;
  createdAt: number;
  updatedAt: number;
  startedAt?: number;
  endedAt?: number;
  /** The result as JSON text; only in `succeeded`. */
  resultJson?: string;
  /** Only in `dead` and `cancelled`. */
  error?: TaskError;
  /** Tries so far that count against `maxAttempts`. */
  attemptCount: number;
  /** Tries that ended with the process dead. */
  crashCount: number;
  /** Tries whose controller vanished before settling them. */
  lostCount: number;
  attempts: Attempt[];
  /** Set while `running`, when somebody asked for an end. */
  cancelRequested?: boolean;
}

/** A line of a task's story, as followers see it. `seq` starts at 1 and has no gaps within a task. */
export interface TaskEvent {
  seq: number;
  time: number;
  attempt: number;
  type: 'progress' | 'chunk' | 'log';
  /** Body of the event: `{progress, message?}`, `{chunk}` or `{stream, line}`. */
  data: unknown;
}
