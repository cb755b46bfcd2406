import type { TaskError } from '../../../protocol/index.js';
import type { NewTaskRow } from '../../new-task-row.js';
import { DEAD } from '../../state-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';

type CreatedRow = [id: string, algorithm: string, state: number];

const CREATE = createStatement<CreatedRow>(
  'create dead tasks',
  changeTasks(
    `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, ended_at, payload, options,
       owner, idempotency_key, payload_hash, callback_url, error_class, error)
     SELECT id, algorithm, ${DEAD}, priority, created_at, created_at, created_at, payload, options,
       owner, idempotency_key, payload_hash, callback_url, error_class, error
     FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::text[], $11::text[], $12::text[], $13::text[]) WITH ORDINALITY AS new (id, algorithm, priority, created_at,
       payload, options, owner, idempotency_key, payload_hash, callback_url, error_class, error, place)
     ORDER BY place ON CONFLICT DO NOTHING`,
    'id, algorithm, state',
  ),
);

/** New tasks that are dead from the start. False for one whose id or idempotency key is known. */
export const createDeadTasks: ChangeKind<{ row: NewTaskRow; error: TaskError }, boolean, CreatedRow> = {
  statement: CREATE,
  encode(inputs, slot) {
    const rows = inputs.map(({ row }) => row);
    const tasks = rows.map(({ task }) => task);
    return [
      slot,
      textArray(tasks.map(({ id }) => encodeText(id))),
      textArray(tasks.map(({ algorithm }) => encodeText(algorithm))),
      integerArray(tasks.map(({ priority }) => priority)),
      bigintArray(tasks.map(({ createdAt }) => createdAt)),
      textArray(rows.map(({ payload }) => payload)),
      textArray(rows.map(({ options }) => options)),
      textArray(tasks.map(({ owner }) => encodeOptional(owner))),
      textArray(tasks.map(({ idempotencyKey }) => encodeOptional(idempotencyKey))),
      textArray(rows.map(({ payloadHash }) => payloadHash)),
      textArray(tasks.map(({ callbackUrl }) => encodeOptional(callbackUrl))),
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

function encodeOptional(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text);
}
