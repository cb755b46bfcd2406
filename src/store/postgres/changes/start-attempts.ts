import type { Task } from '../../../protocol/index.js';
import { CANCELLED_RUNNING, LOST } from '../../attempt-end.js';
import { CANCELLED, getStateName, RUNNING, WAITING } from '../../state-code.js';
import { STARTED_COLUMNS, toRunningTask, type StartedRow } from '../../task-row.js';
import type { AttemptStart } from '../../task-store.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { inlineOnly } from '../postgres-rows.js';
import { createStatement } from '../statement.js';
import { decodeText, encodeText } from '../text-code.js';
import { changeTasks, closeAttempt } from './change-sql.js';

interface Start {
  id: string;
  attempt: AttemptStart;
}

type ChangedRow = [id: string, state: number, ...StartedRow];

/** Its controller vanished: the open attempt is closed first. */
const IS_LOST = `(tasks.state = ${RUNNING})`;
/** And it was to be cancelled: no other attempt follows. */
const IS_OVER = `(tasks.state = ${RUNNING} AND tasks.cancel_requested <> 0)`;

const START = createStatement<ChangedRow>(
  'start attempts',
  changeTasks(
    `UPDATE tasks SET came_from = tasks.state, updated_at = new.started_at, available_at = NULL, cancel_requested = 0,
       state = CASE WHEN ${IS_OVER} THEN ${CANCELLED} ELSE ${RUNNING} END,
       token = CASE WHEN NOT ${IS_OVER} THEN new.token END,
       attempt_started_at = CASE WHEN NOT ${IS_OVER} THEN new.started_at END,
       started_at = coalesce(tasks.started_at, new.started_at),
       attempt_number = tasks.attempt_number + (NOT ${IS_OVER})::integer,
       attempt_count = tasks.attempt_count + (NOT ${IS_OVER})::integer - ${IS_LOST}::integer,
       lost_count = greatest(tasks.lost_count + ${IS_LOST}::integer, new.lost_count),
       attempts = CASE WHEN ${IS_LOST}
         THEN ${closeAttempt(`'"endedAt":' || new.started_at || ',"error":' || $7::text || '}'`)}
         ELSE tasks.attempts END,
       ended_at = CASE WHEN ${IS_OVER} THEN new.started_at END,
       error_class = CASE WHEN ${IS_OVER} THEN '${CANCELLED_RUNNING.class}' END,
       error = CASE WHEN ${IS_OVER} THEN $8::text END
     FROM unnest($2::text[], $3::text[], $4::bigint[], $5::integer[], $6::integer[])
       AS new (id, token, started_at, lost_count, is_fresh)
     WHERE tasks.id = new.id
       AND (tasks.state = ${WAITING} OR (tasks.state = ${RUNNING} AND new.is_fresh = 0))`,
    `id, state, ${STARTED_COLUMNS}`,
  ),
);

/** `waiting` → `running`, or from one attempt to the next. Undefined where there is nothing to start. */
export const startAttempts: ChangeKind<Start, Task | undefined, ChangedRow> = {
  statement: START,
  // The message stays with its broker until the end of the attempt is on the disk.
  isForgettable: true,
  encode(starts, slot) {
    return [
      slot,
      textArray(starts.map(({ id }) => encodeText(id))),
      textArray(starts.map(({ attempt }) => encodeText(attempt.token))),
      bigintArray(starts.map(({ attempt }) => attempt.startedAt)),
      integerArray(starts.map(({ attempt }) => attempt.lostDeliveries)),
      integerArray(starts.map(({ attempt }) => (attempt.fresh === true ? 1 : 0))),
      JSON.stringify(LOST),
      JSON.stringify(CANCELLED_RUNNING),
    ];
  },
  decode(rows, starts, marks) {
    const changed = byId(rows);
    return starts.map(({ id, attempt }) => {
      const row = changed.get(encodeText(id));
      if (!row) return undefined;
      const [, state, ...started] = row;
      marks.push({ id, state: getStateName(state) });
      if (state !== RUNNING) return undefined;
      const task = toRunningTask(id, attempt, started, inlineOnly);
      task.algorithm = decodeText(task.algorithm);
      return task;
    });
  },
};
