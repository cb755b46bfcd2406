import type { Task } from '../../../protocol/index.js';
import { CANCELLED, DEAD, WAITING } from '../../state-code.js';
import { TASK_COLUMNS, type TaskRow } from '../../task-row.js';
import { bigintArray, textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { decodeTask } from '../postgres-rows.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';

interface Redrive {
  id: string;
  now: number;
  /** As JSON, in the place of the old one. */
  payload: string | undefined;
}

/** The field in the JSON of the options. It cannot be mistaken: quotes inside of texts have a backslash before them. */
const DEADLINE_FIELD = String.raw`,"deadline":[-+.0-9e]+|(?<=^\{)"deadline":[-+.0-9e]+,?`;

/** A deadline that has passed would end it again at once. */
const REDRIVE = createStatement<TaskRow>(
  'redrive tasks',
  changeTasks(
    `UPDATE tasks SET came_from = tasks.state, state = ${WAITING}, updated_at = new.now, available_at = new.now,
       started_at = NULL, ended_at = NULL, attempt_count = 0, crash_count = 0, lost_count = 0,
       error_class = NULL, error = NULL, payload = coalesce(new.payload, tasks.payload),
       options = CASE WHEN tasks.deadline <= new.now
         THEN regexp_replace(tasks.options, '${DEADLINE_FIELD}', '') ELSE tasks.options END,
       deadline = CASE WHEN tasks.deadline > new.now THEN tasks.deadline END
     FROM unnest($2::text[], $3::bigint[], $4::text[]) AS new (id, now, payload)
     WHERE tasks.id = new.id AND tasks.state IN (${DEAD}, ${CANCELLED})`,
    TASK_COLUMNS,
    ['dropped AS (DELETE FROM task_callbacks WHERE task IN (SELECT id FROM changed))'],
  ),
);

/** `dead` or `cancelled` → `waiting`. Undefined where the task is in another state. */
export const redriveTasks: ChangeKind<Redrive, Task | undefined, TaskRow> = {
  statement: REDRIVE,
  encode(redrives, slot) {
    return [
      slot,
      textArray(redrives.map(({ id }) => encodeText(id))),
      bigintArray(redrives.map(({ now }) => now)),
      textArray(redrives.map(({ payload }) => payload ?? null)),
    ];
  },
  decode(rows, redrives, marks) {
    const tasks = new Map(rows.map((row) => [row[1], row]));
    return redrives.map(({ id }) => {
      const row = tasks.get(encodeText(id));
      if (!row) return undefined;
      marks.push({ id, state: 'waiting' });
      return decodeTask(row);
    });
  },
};
