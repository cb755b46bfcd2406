import type { TaskError, TaskState } from '../../../protocol/index.js';
import { getStateName, RUNNING, WAITING, type CANCELLED, type DEAD } from '../../state-code.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';

export interface WaitingEnd {
  id: string;
  state: typeof DEAD | typeof CANCELLED;
  error: TaskError;
  now: number;
  /** Of a running task it is noted that somebody wants it cancelled. */
  orRequest: boolean;
}

const END = createStatement<[id: string, algorithm: string, state: number, callbackUrl: string | null]>(
  'end waiting tasks',
  `UPDATE tasks SET updated_at = new.now,
     state = CASE tasks.state WHEN ${WAITING} THEN new.state ELSE tasks.state END,
     ended_at = CASE tasks.state WHEN ${WAITING} THEN new.now END,
     available_at = CASE tasks.state WHEN ${WAITING} THEN NULL ELSE tasks.available_at END,
     error_class = CASE tasks.state WHEN ${WAITING} THEN new.error_class END,
     error = CASE tasks.state WHEN ${WAITING} THEN new.error END,
     cancel_requested = (tasks.state = ${RUNNING})::integer
   FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::bigint[], $6::integer[])
     AS new (id, state, error_class, error, now, or_request)
   WHERE tasks.id = new.id
     AND (tasks.state = ${WAITING} OR (tasks.state = ${RUNNING} AND new.or_request <> 0))
   RETURNING tasks.id, tasks.algorithm, tasks.state, tasks.callback_url`,
);

const GET_STATES = createStatement<[id: string, state: number]>(
  'get states',
  'SELECT id, state FROM tasks WHERE id = ANY ($1::text[])',
);

/** `waiting` → `dead` or `cancelled`, or the wish for it. Gives whether anything was done, and the state after it. */
export const endWaiting: ChangeKind<WaitingEnd, { isDone: boolean; state: TaskState | undefined }> = {
  async apply(transaction, ends) {
    const ids = ends.map(({ id }) => encodeText(id));
    const rows = byId(
      await transaction.run(END, [
        textArray(ids),
        integerArray(ends.map(({ state }) => state)),
        textArray(ends.map(({ error }) => error.class)),
        textArray(ends.map(({ error }) => JSON.stringify(error))),
        bigintArray(ends.map(({ now }) => now)),
        integerArray(ends.map(({ orRequest }) => (orRequest ? 1 : 0))),
      ]),
    );
    const others = ids.filter((id) => !rows.has(id));
    const states = new Map(others.length > 0 ? await transaction.run(GET_STATES, [textArray(others)]) : []);
    return ends.map(({ id, now }, index) => {
      const row = rows.get(ids[index] ?? '');
      if (!row) return { isDone: false, state: nameState(states.get(ids[index] ?? '')) };
      const [kept, algorithm, state, callbackUrl] = row;
      if (state === RUNNING) transaction.effects.marks.push({ id });
      else {
        transaction.effects.enter(id, algorithm, WAITING, state);
        transaction.effects.owe(kept, callbackUrl, now);
      }
      return { isDone: true, state: getStateName(state) };
    });
  },
};

function nameState(code: number | undefined): TaskState | undefined {
  return code === undefined ? undefined : getStateName(code);
}
