import type { NewTaskRow } from '../../new-task-row.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import type { SqlValue } from '../statement.js';
import { encodeText } from '../text-code.js';

/** Columns that every new task fills from what its submitter said, whatever becomes of it. */
export const NEW_TASK_COLUMNS =
  'id, algorithm, priority, created_at, payload, options, owner, idempotency_key, payload_hash, callback_url';

/** SQL of the parameters for these columns, from $2 on: $1 is the slot of the counts. */
export const NEW_TASK_ARRAYS =
  '$2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]';

/** The values for these parameters. */
export function encodeNewTasks(rows: readonly NewTaskRow[]): SqlValue[] {
  const tasks = rows.map(({ task }) => task);
  return [
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
  ];
}

function encodeOptional(text: string | undefined): string | null {
  return text === undefined ? null : encodeText(text);
}
