import type { NewTaskRow } from '../../new-task-row.js';
import { WAITING } from '../../state-code.js';
import { bigintArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';
import { encodeNewTasks, NEW_TASK_ARRAYS, NEW_TASK_COLUMNS } from './new-task-columns.js';

type CreatedRow = [id: string, algorithm: string, state: number];

const CREATE = createStatement<CreatedRow>(
  'create tasks',
  changeTasks(
    `INSERT INTO tasks (${NEW_TASK_COLUMNS}, state, updated_at, available_at, deadline)
     SELECT ${NEW_TASK_COLUMNS}, ${WAITING}, created_at, available_at, deadline
     FROM unnest(${NEW_TASK_ARRAYS}, $12::bigint[], $13::bigint[]) WITH ORDINALITY
       AS new (${NEW_TASK_COLUMNS}, available_at, deadline, place)
     ORDER BY place ON CONFLICT DO NOTHING`,
    'id, algorithm, state',
  ),
);

/** New tasks. False for one whose id or idempotency key is known. */
export const createTasks: ChangeKind<NewTaskRow, boolean, CreatedRow> = {
  statement: CREATE,
  encode(rows, slot) {
    return [
      slot,
      ...encodeNewTasks(rows),
      bigintArray(rows.map(({ task: { runAt } }) => runAt ?? null)),
      bigintArray(rows.map(({ task: { deadline } }) => deadline ?? null)),
    ];
  },
  decode(rows, inputs, marks) {
    const created = new Set(rows.map(([id]) => id));
    return inputs.map(({ task: { id } }) => {
      const isNew = created.has(encodeText(id));
      if (isNew) marks.push({ id, state: 'waiting' });
      return isNew;
    });
  },
};
