import { TASK_STATES, type TaskState } from '../protocol/index.js';

/** States as they are kept in tables. */
export const STATE_CODE = {
  waiting: 0,
  running: 1,
  succeeded: 2,
  dead: 3,
  cancelled: 4,
} as const satisfies Record<TaskState, number>;

export const {
  waiting: WAITING,
  running: RUNNING,
  succeeded: SUCCEEDED,
  dead: DEAD,
  cancelled: CANCELLED,
} = STATE_CODE;

export function getStateName(code: number): TaskState {
  return TASK_STATES[code] ?? 'dead';
}
