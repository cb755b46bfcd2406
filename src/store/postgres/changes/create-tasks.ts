import type { NewTaskRow } from '../../new-task-row.js';
import { WAITING } from '../../state-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks } from './change-sql.js';

type CreatedRow = [id: string, algorithm: string, state: number];

const CREATE = createStatement<CreatedRow>(
  'create tasks',
  changeTasks(
    `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, payload, options, available_at, deadline,
       owner, idempotency_key, payload_hash, callback_url)
     SELECT id, algorithm, ${WAITING}, priority, created_at, created_at, payload, options, available_at, deadline,
       owner, idempotency_key, payload_hash, callback_url
     FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[],
       $10::text[], $11::text[], $12::text[], $13::text[]) WITH ORDINALITY AS new (id, algorithm, priority, created_at,
       payload, options, available_at, deadline, owner, idempotency_key, payload_hash, callback_url, place)
     ORDER BY place ON CONFLICT DO NOTHING`,
    'id, algorithm, state',
  ),
);

/** New tasks. False for one whose id or idempotency key is known. */
export const createTasks: ChangeKind<NewTaskRow, boolean, CreatedRow> = {
  statement: CREATE,
  encode(rows, slot) {
    const tasks = rows.map(({ task }) => task);
    return [
      slot,
      textArray(tasks.map(({ id }) => encodeText(id))),
      textArray(tasks.map(({ algorithm }) => encodeText(algorithm))),
      integerArray(tasks.map(({ priority }) => priority)),
      bigintArray(tasks.map(({ createdAt }) => createdAt)),
      textArray(rows.map(({ payload }) => payload)),
      textArray(rows.map(({ options }) => options)),
      bigintArray(tasks.map(({ runAt }) => runAt ?? null)),
      bigintArray(tasks.map(({ deadline }) => deadline ?? null)),
      textArray(tasks.map(({ owner }) => encodeOptional(owner))),
      textArray(tasks.map(({ idempotencyKey }) => encodeOptional(idempotencyKey))),
      textArray(rows.map(({ payloadHash }) => payloadHash)),
      textArray(tasks.map(({ callbackUrl }) => encodeOptional(callbackUrl))),
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

function encodeOptional(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text);
}
