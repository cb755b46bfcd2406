import type { Task } from '../../../protocol/index.js';
import { CANCELLED, DEAD, WAITING } from '../../state-code.js';
import { TASK_COLUMNS, type TaskOptions, type TaskRow } from '../../task-row.js';
import { bigintArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { decodeTask } from '../postgres-rows.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';

interface Redrive {
  id: string;
  now: number;
  /** As JSON, in the place of the old one. */
  payload: string | undefined;
}

type EndedRow = [id: string, state: number, options: string | null, deadline: number | null];

const LOCK = createStatement<EndedRow>(
  'lock ended tasks',
  `SELECT id, state, options, deadline FROM tasks
   WHERE id = ANY ($1::text[]) AND state IN (${DEAD}, ${CANCELLED}) ORDER BY id FOR UPDATE`,
);

const REDRIVE = createStatement<[id: string, ...TaskRow]>(
  'redrive tasks',
  `UPDATE tasks SET state = ${WAITING}, updated_at = new.now, started_at = NULL, ended_at = NULL, available_at = new.now,
     attempt_count = 0, crash_count = 0, lost_count = 0, error_class = NULL, error = NULL,
     options = new.options, deadline = new.deadline, payload = coalesce(new.payload, tasks.payload)
   FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[])
     AS new (id, now, options, deadline, payload)
   WHERE tasks.id = new.id
   RETURNING tasks.id, ${TASK_COLUMNS.replace(/\b\w+\b/g, 'tasks.$&')}`,
);

const DROP_CALLBACKS = createStatement(
  'drop callbacks',
  'DELETE FROM task_callbacks WHERE task = ANY ($1::text[])',
);

/** `dead` or `cancelled` → `waiting`. Undefined where the task is in another state. */
export const redriveTasks: ChangeKind<Redrive, Task | undefined> = {
  async apply(transaction, redrives) {
    const wanted = textArray(redrives.map(({ id }) => encodeText(id)));
    const ended = byId(await transaction.run(LOCK, [wanted]));
    const found = redrives.flatMap((redrive) => {
      const row = ended.get(encodeText(redrive.id));
      return row ? [{ ...redrive, row, ...keepDeadline(row, redrive.now) }] : [];
    });
    const ids = textArray(found.map(({ row: [id] }) => id));
    const [rows] = await Promise.all([
      transaction.run(REDRIVE, [
        ids,
        bigintArray(found.map(({ now }) => now)),
        textArray(found.map(({ options }) => options)),
        bigintArray(found.map(({ deadline }) => deadline)),
        textArray(found.map(({ payload }) => payload ?? null)),
      ]),
      transaction.run(DROP_CALLBACKS, [ids]),
    ]);
    const tasks = new Map(rows.map(([id, ...row]) => [id, row]));
    return redrives.map(({ id }) => {
      const row = tasks.get(encodeText(id));
      if (!row) return undefined;
      transaction.effects.enter(id, row[2], ended.get(row[1])?.[1], WAITING);
      return decodeTask(row);
    });
  },
};

/** A deadline that has passed would end it again at once. */
function keepDeadline(
  [, , options, deadline]: EndedRow,
  now: number,
): { options: string | null; deadline: number | null } {
  if (options === null || deadline === null || deadline > now) return { options, deadline };
  const { deadline: _, ...rest } = JSON.parse(options) as TaskOptions;
  return { options: JSON.stringify(rest), deadline: null };
}
