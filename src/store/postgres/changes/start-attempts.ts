import type { Task } from '../../../protocol/index.js';
import { CANCELLED_RUNNING, LOST } from '../../attempt-end.js';
import { CANCELLED, RUNNING, WAITING } from '../../state-code.js';
import { STARTED_COLUMNS, toRunningTask, type StartedRow } from '../../task-row.js';
import type { AttemptStart } from '../../task-store.js';
import { bigintArray, integerArray, textArray } from '../array-param.js';
import { byId, type ChangeKind } from '../change-kind.js';
import { inlineOnly } from '../postgres-rows.js';
import { createStatement, type SqlValue } from '../statement.js';
import { decodeText, encodeText } from '../text-code.js';
import type { Transaction } from '../transaction.js';
import { closeAttempt } from './attempt-sql.js';

interface Start {
  id: string;
  attempt: AttemptStart;
}

const NEW = `unnest($1::text[], $2::text[], $3::bigint[], $4::integer[]) AS new (id, token, started_at, lost_count)`;
const STARTED = STARTED_COLUMNS.replace(/\b\w+\b/g, 'tasks.$&');

const START = createStatement<[id: string, ...StartedRow]>(
  'start attempts',
  `UPDATE tasks SET state = ${RUNNING}, token = new.token, attempt_started_at = new.started_at,
     updated_at = new.started_at, started_at = coalesce(tasks.started_at, new.started_at), available_at = NULL,
     attempt_number = tasks.attempt_number + 1, attempt_count = tasks.attempt_count + 1,
     lost_count = greatest(tasks.lost_count, new.lost_count)
   FROM ${NEW} WHERE tasks.id = new.id AND tasks.state = ${WAITING}
   RETURNING tasks.id, ${STARTED}`,
);

/** Those whose controller vanished: the open attempt is closed, and unless it was to be cancelled, the next one begins. */
const RESTART = createStatement<[id: string, state: number, callbackUrl: string | null, ...StartedRow]>(
  'restart attempts',
  `UPDATE tasks SET updated_at = new.started_at,
     attempts = ${closeAttempt(`'"endedAt":' || new.started_at || ',"error":' || $5::text || '}'`)},
     lost_count = greatest(tasks.lost_count + 1, new.lost_count),
     state = CASE tasks.cancel_requested WHEN 0 THEN ${RUNNING} ELSE ${CANCELLED} END,
     token = CASE tasks.cancel_requested WHEN 0 THEN new.token END,
     attempt_started_at = CASE tasks.cancel_requested WHEN 0 THEN new.started_at END,
     attempt_number = tasks.attempt_number + (tasks.cancel_requested = 0)::integer,
     attempt_count = tasks.attempt_count - (tasks.cancel_requested <> 0)::integer,
     ended_at = CASE WHEN tasks.cancel_requested <> 0 THEN new.started_at END,
     error_class = CASE WHEN tasks.cancel_requested <> 0 THEN '${CANCELLED_RUNNING.class}' END,
     error = CASE WHEN tasks.cancel_requested <> 0 THEN $6::text END,
     cancel_requested = 0
   FROM ${NEW} WHERE tasks.id = new.id AND tasks.state = ${RUNNING}
   RETURNING tasks.id, tasks.state, tasks.callback_url, ${STARTED}`,
);

/** `waiting` → `running`, or from one attempt to the next. Undefined where there is nothing to start. */
export const startAttempts: ChangeKind<Start, Task | undefined> = {
  async apply(transaction, starts) {
    const tasks = new Map<string, Task>();
    await startWaiting(transaction, starts, tasks);
    const rest = starts.filter(({ id, attempt }) => !tasks.has(id) && attempt.fresh !== true);
    if (rest.length > 0) await restartLost(transaction, rest, tasks);
    return starts.map(({ id }) => tasks.get(id));
  },
};

async function startWaiting(
  transaction: Transaction,
  starts: readonly Start[],
  tasks: Map<string, Task>,
): Promise<void> {
  const rows = byId(await transaction.run(START, encodeStarts(starts)));
  for (const { id, attempt } of starts) {
    const row = rows.get(encodeText(id));
    if (!row) continue;
    const [, ...started] = row;
    tasks.set(id, toStarted(id, attempt, started));
    transaction.effects.enter(id, started[1], WAITING, RUNNING);
  }
}

async function restartLost(
  transaction: Transaction,
  starts: readonly Start[],
  tasks: Map<string, Task>,
): Promise<void> {
  const errors = [JSON.stringify(LOST), JSON.stringify(CANCELLED_RUNNING)];
  const rows = byId(await transaction.run(RESTART, [...encodeStarts(starts), ...errors]));
  for (const { id, attempt } of starts) {
    const row = rows.get(encodeText(id));
    if (!row) continue;
    const [kept, state, callbackUrl, ...started] = row;
    transaction.effects.enter(id, started[1], RUNNING, state);
    if (state === RUNNING) tasks.set(id, toStarted(id, attempt, started));
    else transaction.effects.owe(kept, callbackUrl, attempt.startedAt);
  }
}

function encodeStarts(starts: readonly Start[]): SqlValue[] {
  return [
    textArray(starts.map(({ id }) => encodeText(id))),
    textArray(starts.map(({ attempt }) => encodeText(attempt.token))),
    bigintArray(starts.map(({ attempt }) => attempt.startedAt)),
    integerArray(starts.map(({ attempt }) => attempt.lostDeliveries)),
  ];
}

function toStarted(id: string, attempt: AttemptStart, row: StartedRow): Task {
  const task = toRunningTask(id, attempt, row, inlineOnly);
  task.algorithm = decodeText(task.algorithm);
  return task;
}
