import type { NewTaskRow } from '../../new-task-row.js';
import { WAITING } from '../../state-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import type { ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';

const INSERT = createStatement<[id: string]>(
  'create tasks',
  `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, payload, options, available_at, deadline,
     owner, idempotency_key, payload_hash, callback_url)
   SELECT id, algorithm, ${WAITING}, priority, created_at, created_at, payload, options, available_at, deadline,
     owner, idempotency_key, payload_hash, callback_url
   FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
     $9::text[], $10::text[], $11::text[], $12::text[]) WITH ORDINALITY AS new (id, algorithm, priority, created_at,
     payload, options, available_at, deadline, owner, idempotency_key, payload_hash, callback_url, place)
   ORDER BY place
   ON CONFLICT DO NOTHING RETURNING id`,
);

/** New tasks. False for one whose id or idempotency key is known. */
export const createTasks: ChangeKind<NewTaskRow, boolean> = {
  async apply(transaction, rows) {
    const tasks = rows.map(({ task }) => task);
    const ids = tasks.map(({ id }) => encodeText(id));
    const algorithms = tasks.map(({ algorithm }) => encodeText(algorithm));
    const inserted = await transaction.run(INSERT, [
      textArray(ids),
      textArray(algorithms),
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
    ]);
    const isNew = new Set(inserted.map(([id]) => id));
    return tasks.map((task, index) => {
      if (!isNew.has(ids[index] ?? '')) return false;
      transaction.effects.enter(task.id, algorithms[index] ?? '', undefined, WAITING);
      return true;
    });
  },
};

function encodeOptional(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text);
}
