import type { TaskError } from '../../../protocol/index.js';
import { CANCELLED_RUNNING, countEnding, describeEnding } from '../../attempt-end.js';
import { CANCELLED, DEAD, RUNNING, STATE_CODE, SUCCEEDED, WAITING } from '../../state-code.js';
import type { AttemptEnd } from '../../task-store.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { closeAttempt } from './attempt-sql.js';

/** The state an outcome leads to, unless somebody wanted the task cancelled before another try. */
const STATE_AFTER: Record<AttemptEnd['outcome'], number> = {
  succeeded: SUCCEEDED,
  dead: DEAD,
  cancelled: CANCELLED,
  retry: WAITING,
  released: WAITING,
};

const NO_MORE_TRIES = `(new.state = ${WAITING} AND tasks.cancel_requested <> 0)`;
const IS_FORGOTTEN = '(new.ending IS NULL)';

const END = createStatement<[id: string, algorithm: string, state: number, callbackUrl: string | null]>(
  'end attempts',
  `UPDATE tasks SET updated_at = new.ended_at,
     state = CASE WHEN ${NO_MORE_TRIES} THEN ${CANCELLED} ELSE new.state END,
     ended_at = CASE WHEN new.state <> ${WAITING} OR ${NO_MORE_TRIES} THEN new.ended_at END,
     available_at = CASE WHEN NOT ${NO_MORE_TRIES} THEN new.available_at END,
     error_class = CASE WHEN ${NO_MORE_TRIES} THEN '${CANCELLED_RUNNING.class}' ELSE new.error_class END,
     error = CASE WHEN ${NO_MORE_TRIES} THEN $11::text ELSE new.error END,
     result = new.result,
     attempts = CASE WHEN ${IS_FORGOTTEN} THEN tasks.attempts ELSE ${closeAttempt('new.ending')} END,
     started_at = CASE WHEN ${IS_FORGOTTEN} AND NOT ${NO_MORE_TRIES} AND tasks.attempt_count = 1
       AND tasks.started_at = tasks.attempt_started_at THEN NULL ELSE tasks.started_at END,
     attempt_number = tasks.attempt_number - ${IS_FORGOTTEN}::integer,
     attempt_count = tasks.attempt_count - ${IS_FORGOTTEN}::integer - new.losses,
     crash_count = tasks.crash_count + new.crashes, lost_count = tasks.lost_count + new.losses,
     cancel_requested = 0, token = NULL, attempt_started_at = NULL
   FROM unnest($1::text[], $2::text[], $3::integer[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[],
     $9::integer[], $10::integer[], $12::text[]) AS new (id, token, state, ended_at, available_at, error_class, error,
     result, crashes, losses, ending)
   WHERE tasks.id = new.id AND tasks.token = new.token
   RETURNING tasks.id, tasks.algorithm, tasks.state, tasks.callback_url`,
);

/** Ends of attempts. False where the token is no longer the current one. */
export const endAttempts: ChangeKind<{ id: string; end: AttemptEnd }, boolean> = {
  async apply(transaction, inputs) {
    const ids = inputs.map(({ id }) => encodeText(id));
    const ends = inputs.map(({ end }) => end);
    const errors = ends.map(getTaskError);
    const counts = ends.map(countEnding);
    const rows = byId(
      await transaction.run(END, [
        textArray(ids),
        textArray(ends.map(({ token }) => encodeText(token))),
        integerArray(ends.map(({ outcome }) => STATE_AFTER[outcome])),
        bigintArray(ends.map(({ endedAt }) => endedAt)),
        bigintArray(ends.map((end) => ('availableAt' in end ? end.availableAt : null))),
        textArray(errors.map((error) => error?.class ?? null)),
        textArray(errors.map((error) => (error ? JSON.stringify(error) : null))),
        textArray(ends.map((end) => (end.outcome === 'succeeded' ? end.resultJson : null))),
        integerArray(counts.map(([crashes]) => crashes)),
        integerArray(counts.map(([, losses]) => losses)),
        JSON.stringify(CANCELLED_RUNNING),
        textArray(ends.map(encodeEnding)),
      ]),
    );
    return inputs.map(({ id, end }, index) => {
      const row = rows.get(ids[index] ?? '');
      if (!row) return false;
      const [kept, algorithm, state, callbackUrl] = row;
      transaction.effects.enter(id, algorithm, RUNNING, state);
      if (state !== STATE_CODE.waiting) transaction.effects.owe(kept, callbackUrl, end.endedAt);
      return true;
    });
  },
};

/** The error of the task itself: a try that is followed by another leaves none. */
function getTaskError(end: AttemptEnd): TaskError | undefined {
  return end.outcome === 'dead' || end.outcome === 'cancelled' ? end.error : undefined;
}

/** The JSON of an attempt from where the row's own knowledge of it ends; null when it is to be forgotten. */
function encodeEnding(end: AttemptEnd): string | null {
  const ending = describeEnding(end);
  return ending ? JSON.stringify(ending).slice(1) : null;
}
