import type { TaskError } from '../../../protocol/index.js';
import { CANCELLED_RUNNING, countEnding, describeEnding } from '../../attempt-end.js';
import { CANCELLED, DEAD, getStateName, SUCCEEDED, WAITING } from '../../state-code.js';
import type { AttemptEnd } from '../../task-store.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { createStatement } from '../statement.js';
import { encodeText } from '../text-code.js';
import { changeTasks, closeAttempt } from './change-sql.js';

/** The state an outcome leads to, unless somebody wanted the task cancelled before another try. */
const STATE_AFTER: Record<AttemptEnd['outcome'], number> = {
  succeeded: SUCCEEDED,
  dead: DEAD,
  cancelled: CANCELLED,
  retry: WAITING,
  released: WAITING,
};

const IS_OVER = `(new.state = ${WAITING} AND tasks.cancel_requested <> 0)`;
const IS_FORGOTTEN = '(new.ending IS NULL)';

type ChangedRow = [id: string, state: number, algorithm: string];

const END = createStatement<ChangedRow>(
  'end attempts',
  changeTasks(
    `UPDATE tasks SET came_from = tasks.state, updated_at = new.ended_at, cancel_requested = 0, token = NULL,
       attempt_started_at = NULL, result = new.result,
       state = CASE WHEN ${IS_OVER} THEN ${CANCELLED} ELSE new.state END,
       ended_at = CASE WHEN new.state <> ${WAITING} OR ${IS_OVER} THEN new.ended_at END,
       available_at = CASE WHEN NOT ${IS_OVER} THEN new.available_at END,
       error_class = CASE WHEN ${IS_OVER} THEN '${CANCELLED_RUNNING.class}' ELSE new.error_class END,
       error = CASE WHEN ${IS_OVER} THEN $13::text ELSE new.error END,
       attempts = CASE WHEN ${IS_FORGOTTEN} THEN tasks.attempts ELSE ${closeAttempt('new.ending')} END,
       started_at = CASE WHEN ${IS_FORGOTTEN} AND NOT ${IS_OVER} AND tasks.attempt_count = 1
         AND tasks.started_at = tasks.attempt_started_at THEN NULL ELSE tasks.started_at END,
       attempt_number = tasks.attempt_number - ${IS_FORGOTTEN}::integer,
       attempt_count = tasks.attempt_count - ${IS_FORGOTTEN}::integer - new.losses,
       crash_count = tasks.crash_count + new.crashes, lost_count = tasks.lost_count + new.losses
     FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::text[],
       $10::integer[], $11::integer[], $12::text[]) AS new (id, token, state, ended_at, available_at, error_class,
       error, result, crashes, losses, ending)
     WHERE tasks.id = new.id AND tasks.token = new.token`,
    'id, state, algorithm',
  ),
);

/** Ends of attempts. False where the token is no longer the current one. */
export const endAttempts: ChangeKind<{ id: string; end: AttemptEnd }, boolean, ChangedRow> = {
  statement: END,
  encode(inputs, slot) {
    const ends = inputs.map(({ end }) => end);
    const errors = ends.map(getTaskError);
    const counts = ends.map(countEnding);
    return [
      slot,
      textArray(inputs.map(({ id }) => encodeText(id))),
      textArray(ends.map(({ token }) => encodeText(token))),
      integerArray(ends.map(({ outcome }) => STATE_AFTER[outcome])),
      bigintArray(ends.map(({ endedAt }) => endedAt)),
      bigintArray(ends.map((end) => ('availableAt' in end ? end.availableAt : null))),
      textArray(errors.map((error) => error?.class ?? null)),
      textArray(errors.map((error) => (error ? JSON.stringify(error) : null))),
      textArray(ends.map((end) => (end.outcome === 'succeeded' ? end.resultJson : null))),
      integerArray(counts.map(([crashes]) => crashes)),
      integerArray(counts.map(([, losses]) => losses)),
      textArray(ends.map(encodeEnding)),
      JSON.stringify(CANCELLED_RUNNING),
    ];
  },
  decode(rows, inputs, marks) {
    const changed = byId(rows);
    return inputs.map(({ id }) => {
      const row = changed.get(encodeText(id));
      if (!row) return false;
      marks.push({ id, state: getStateName(row[1]) });
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
