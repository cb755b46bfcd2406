import type { TaskError, TaskState } from '../../../protocol/index.js';
import { getStateName, RUNNING, WAITING, type CANCELLED, type DEAD } from '../../state-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';

export interface WaitingEnd {
  id: string;
  state: typeof DEAD | typeof CANCELLED;
  error: TaskError;
  now: number;
  /** Of a running task it is noted that somebody wants it cancelled. */
  orRequest: boolean;
}

type ChangedRow = [id: string, state: number, algorithm: string];

const IS_WAITING = `(tasks.state = ${WAITING})`;

const END = createStatement<ChangedRow>(
  'end waiting tasks',
  changeTasks(
    `UPDATE tasks SET came_from = tasks.state, updated_at = new.now,
       state = CASE WHEN ${IS_WAITING} THEN new.state ELSE tasks.state END,
       ended_at = CASE WHEN ${IS_WAITING} THEN new.now END,
       available_at = CASE WHEN NOT ${IS_WAITING} THEN tasks.available_at END,
       error_class = CASE WHEN ${IS_WAITING} THEN new.error_class END,
       error = CASE WHEN ${IS_WAITING} THEN new.error END,
       cancel_requested = (NOT ${IS_WAITING})::integer
     FROM unnest($2::text[], $3::integer[], $4::text[], $5::text[], $6::bigint[], $7::integer[])
       AS new (id, state, error_class, error, now, or_request)
     WHERE tasks.id = new.id
       AND (tasks.state = ${WAITING} OR (tasks.state = ${RUNNING} AND new.or_request <> 0))`,
    'id, state, algorithm',
  ),
);

/** `waiting` → `dead` or `cancelled`, or the wish for it. Gives the state after it; undefined where nothing was done. */
export const endWaiting: ChangeKind<WaitingEnd, TaskState | undefined, ChangedRow> = {
  statement: END,
  encode(ends, slot) {
    return [
      slot,
      textArray(ends.map(({ id }) => encodeText(id))),
      integerArray(ends.map(({ state }) => state)),
      textArray(ends.map(({ error }) => error.class)),
      textArray(ends.map(({ error }) => JSON.stringify(error))),
      bigintArray(ends.map(({ now }) => now)),
      integerArray(ends.map(({ orRequest }) => (orRequest ? 1 : 0))),
    ];
  },
  decode(rows, ends, marks) {
    const changed = byId(rows);
    return ends.map(({ id }) => {
      const row = changed.get(encodeText(id));
      if (!row) return undefined;
      const state = getStateName(row[1]);
      marks.push(state === 'running' ? { id } : { id, state });
      return state;
    });
  },
};
