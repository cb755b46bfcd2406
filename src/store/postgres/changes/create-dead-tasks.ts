import type { TaskError } from '../../../protocol/index.js';
import type { NewTaskRow } from '../../new-task-row.js';
import { DEAD } from '../../state-code.js';
import { textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';
import { encodeNewTasks, NEW_TASK_ARRAYS, NEW_TASK_COLUMNS } from './new-task-columns.js';

type CreatedRow = [id: string, algorithm: string, state: number];

const CREATE = createStatement<CreatedRow>(
  'create dead tasks',
  changeTasks(
    `INSERT INTO tasks (${NEW_TASK_COLUMNS}, state, updated_at, ended_at, error_class, error)
     SELECT ${NEW_TASK_COLUMNS}, ${DEAD}, created_at, created_at, error_class, error
     FROM unnest(${NEW_TASK_ARRAYS}, $12::text[], $13::text[]) WITH ORDINALITY
       AS new (${NEW_TASK_COLUMNS}, error_class, error, place)
     ORDER BY place ON CONFLICT DO NOTHING`,
    'id, algorithm, state',
  ),
);

/** New tasks that are dead from the start. False for one whose id or idempotency key is known. */
export const createDeadTasks: ChangeKind<{ row: NewTaskRow; error: TaskError }, boolean, CreatedRow> = {
  statement: CREATE,
  encode(inputs, slot) {
    return [
      slot,
      ...encodeNewTasks(inputs.map(({ row }) => row)),
      textArray(inputs.map(({ error }) => error.class)),
      textArray(inputs.map(({ error }) => JSON.stringify(error))),
    ];
  },
  decode(rows, inputs, marks) {
    const created = new Set(rows.map(([id]) => id));
    return inputs.map(({ row: { task } }) => {
      const isNew = created.has(encodeText(task.id));
      if (isNew) marks.push({ id: task.id, state: 'dead' });
      return isNew;
    });
  },
};
