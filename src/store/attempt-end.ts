import { isLost, type Attempt, type TaskError } from '../protocol/index.js';
import type { AttemptEnd } from './task-store.js';

/** Why an attempt is closed by the next one. */
export const LOST: TaskError = {
  class: 'crashed',
  code: 'attempt_lost',
  message: 'The controller vanished before it settled this attempt.',
};

export const CANCELLED_RUNNING: TaskError = {
  class: 'cancelled',
  code: 'cancelled',
  message: 'It was cancelled while it ran.',
};

export const CANCELLED_WAITING: TaskError = {
  class: 'cancelled',
  code: 'cancelled',
  message: 'It was cancelled while it waited.',
};

/** What the end says of an attempt; undefined when the attempt is to be forgotten. */
export function describeEnding(end: AttemptEnd): Omit<Attempt, 'number' | 'token' | 'startedAt'> | undefined {
  if (end.outcome === 'released') return undefined;
  const { runner, endedAt, durationMs, logs } = end;
  const ending: ReturnType<typeof describeEnding> = { endedAt };
  if (runner !== undefined) ending.runner = runner;
  if (durationMs !== undefined) ending.durationMs = durationMs;
  if (end.outcome !== 'succeeded') ending.error = end.error;
  if (logs !== undefined) ending.logs = logs;
  return ending;
}

/** What an ended attempt adds to the counts: crashes of the process, and losses of the controller or runner. */
export function countEnding(end: AttemptEnd): [crashes: number, losses: number] {
  if (!('error' in end) || end.error.class !== 'crashed') return [0, 0];
  return isLost(end.error) ? [0, 1] : [1, 0];
}
