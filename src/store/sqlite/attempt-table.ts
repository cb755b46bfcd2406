import type { Attempt, Task, TaskError } from '../../protocol/index.js';
import type { SqliteDatabase, SqlRow, SqlValue, Statement } from '../../sqlite/index.js';
import { CANCELLED_RUNNING, countEnding, describeEnding, LOST } from '../attempt-end.js';
import { CANCELLED, DEAD, RUNNING, SUCCEEDED, WAITING } from '../state-code.js';
import { STARTED_COLUMNS, toRunningTask, type StartedRow } from '../task-row.js';
import type { AttemptEnd, AttemptStart } from '../task-store.js';
import type { TaskChanges } from './task-changes.js';
import type { TaskTable } from './task-table.js';

type EndOf<Outcome extends AttemptEnd['outcome']> = Extract<AttemptEnd, { outcome: Outcome }>;

/** What never changes of a running task, and is needed when its attempt ends. */
interface OpenAttempt {
  id: string;
  seq: number;
  algorithm: string;
  callbackUrl: string | null;
  number: number;
  startedAt: number;
}

/** More are forgotten, and looked up when they end. */
const MAX_REMEMBERED = 10_000;

/**
 * Attempts of tasks. To be called inside a write.
 *
 * These are the statements every task passes through: they do without RETURNING, which doubles the cost of an UPDATE,
 * and what is known of an attempt since it started here is not read again when it ends.
 */
export class AttemptTable {
  readonly #tasks: TaskTable;
  readonly #changes: TaskChanges;
  readonly #sql: ReturnType<typeof prepareStatements>;
  /** By token. */
  readonly #open = new Map<string, OpenAttempt>();

  constructor(database: SqliteDatabase, changes: TaskChanges, tasks: TaskTable) {
    this.#tasks = tasks;
    this.#changes = changes;
    this.#sql = prepareStatements(database);
  }

  start(id: string, attempt: AttemptStart): Task | undefined {
    const task = this.#startWaiting(id, attempt);
    if (task || attempt.fresh === true || !this.#closeLost(id, attempt.startedAt)) return task;
    return this.#startWaiting(id, attempt);
  }

  #startWaiting(id: string, { token, startedAt, lostDeliveries }: AttemptStart): Task | undefined {
    if (this.#sql.start.run([id, token, startedAt]).changes === 0) return undefined;
    if (lostDeliveries > 0) this.#sql.noteLost.run([id, lostDeliveries]);
    const row = this.#sql.getStarted.get([id]);
    if (!row) return undefined;
    const task = toRunningTask(id, { token, startedAt }, row, this.#changes.bodies.read);
    const { algorithm, callbackUrl = null } = task;
    this.#remember(token, { id, seq: row[0], algorithm, callbackUrl, number: row[9], startedAt });
    this.#changes.enter(task, WAITING, RUNNING);
    return task;
  }

  #remember(token: string, open: OpenAttempt): void {
    if (this.#open.size >= MAX_REMEMBERED) this.#open.clear();
    this.#open.set(token, open);
  }

  /** `running` under a controller that vanished → `waiting`, or `cancelled` when that was asked for. False when it is not running. */
  #closeLost(id: string, now: number): boolean {
    const running = this.#sql.getRunning.get([id]);
    if (!running) return false;
    const [token, algorithm, cancelRequested, number, startedAt] = running;
    const attempt: Attempt = { number, token, startedAt, endedAt: now, error: LOST };
    this.#sql.closeLost.run([id, now, JSON.stringify(attempt)]);
    this.#changes.enter({ id, algorithm }, RUNNING, WAITING);
    if (cancelRequested !== 0) this.#tasks.endWaiting(id, CANCELLED, CANCELLED_RUNNING, now);
    return true;
  }

  /** False when the token is no longer the current one. */
  end(id: string, end: AttemptEnd): boolean {
    const open = this.#open.get(end.token) ?? this.#findOpen(id, end.token);
    this.#open.delete(end.token);
    if (!open || open.id !== id) return false;
    switch (end.outcome) {
      case 'succeeded':
        return this.#succeed(open, end);
      case 'dead':
        return this.#finish(open, end, DEAD, end.error);
      case 'cancelled':
        return this.#finish(open, end, CANCELLED, end.error);
      case 'retry':
        return this.#retry(open, end) || this.#finish(open, end, CANCELLED, CANCELLED_RUNNING);
      case 'released':
        return this.#release(open, end) || this.#finish(open, end, CANCELLED, CANCELLED_RUNNING);
    }
  }

  #findOpen(id: string, token: string): OpenAttempt | undefined {
    const row = this.#sql.findOpen.get([id, token]);
    if (!row) return undefined;
    const [seq, algorithm, callbackUrl, number, startedAt] = row;
    return { id, seq, algorithm, callbackUrl, number, startedAt };
  }

  #succeed(open: OpenAttempt, end: EndOf<'succeeded'>): boolean {
    const { bodies } = this.#changes;
    const params = [
      open.seq,
      end.token,
      end.endedAt,
      describeAttempt(open, end),
      bodies.inline(end.resultJson),
    ];
    if (this.#sql.succeed.run(params).changes === 0) return false;
    bodies.put(open.seq, 'result', end.resultJson);
    this.#changes.end(open, RUNNING, SUCCEEDED, end.endedAt);
    return true;
  }

  #finish(
    open: OpenAttempt,
    end: AttemptEnd,
    state: typeof DEAD | typeof CANCELLED,
    error: TaskError,
  ): boolean {
    const params = [
      state,
      error.class,
      JSON.stringify(error),
      describeAttempt(open, end),
      ...countEnding(end),
    ];
    if (this.#sql.finish.run([open.seq, end.token, end.endedAt, ...params]).changes === 0) return false;
    this.#changes.end(open, RUNNING, state, end.endedAt);
    return true;
  }

  #retry(open: OpenAttempt, end: EndOf<'retry'>): boolean {
    const params = [
      open.seq,
      end.token,
      end.endedAt,
      end.availableAt,
      describeAttempt(open, end),
      ...countEnding(end),
    ];
    return this.#wait(open, this.#sql.retry, params);
  }

  #release(open: OpenAttempt, end: EndOf<'released'>): boolean {
    return this.#wait(open, this.#sql.release, [open.seq, end.token, end.endedAt, end.availableAt]);
  }

  #wait(open: OpenAttempt, statement: Statement, params: SqlValue[]): boolean {
    if (statement.run(params).changes === 0) return false;
    this.#changes.enter(open, RUNNING, WAITING);
    return true;
  }
}

/** The ended attempt as JSON; null when it is to be forgotten. */
function describeAttempt({ number, startedAt }: OpenAttempt, end: AttemptEnd): string | null {
  const ending = describeEnding(end);
  return ending ? JSON.stringify({ number, token: end.token, startedAt, ...ending }) : null;
}

/** SQL of the ended attempts and one more, `attempt` being the name of the parameter with its JSON. */
function closeAttempt(attempt: string): string {
  return `ifnull(attempts || ',', '') || ${attempt}`;
}

const NO_ATTEMPT = 'token = NULL, attempt_started_at = NULL, revision = revision + 1';

function prepareStatements(database: SqliteDatabase) {
  const prepare = <Row extends SqlRow>(sql: string): Statement<Row> => database.prepare<Row>(sql);
  return {
    start: prepare(
      `UPDATE tasks SET state = ${RUNNING}, token = ?2, attempt_started_at = ?3, updated_at = ?3,
         started_at = ifnull(started_at, ?3), available_at = NULL, attempt_number = attempt_number + 1,
         attempt_count = attempt_count + 1, revision = revision + 1
       WHERE id = ?1 AND state = ${WAITING}`,
    ),
    noteLost: prepare('UPDATE tasks SET lost_count = max(lost_count, ?2) WHERE id = ?1'),
    getStarted: prepare<StartedRow>(`SELECT ${STARTED_COLUMNS} FROM tasks WHERE id = ?`),
    getRunning: prepare<
      [token: string, algorithm: string, cancelRequested: number, number: number, startedAt: number]
    >(
      `SELECT token, algorithm, cancel_requested, attempt_number, attempt_started_at FROM tasks WHERE id = ? AND state = ${RUNNING}`,
    ),
    closeLost: prepare(
      `UPDATE tasks SET state = ${WAITING}, updated_at = ?2, attempts = ${closeAttempt('?3')},
         lost_count = lost_count + 1, attempt_count = attempt_count - 1, ${NO_ATTEMPT}
       WHERE id = ?1 AND state = ${RUNNING}`,
    ),
    findOpen: prepare<
      [seq: number, algorithm: string, callbackUrl: string | null, number: number, startedAt: number]
    >(
      `SELECT seq, algorithm, callback_url, attempt_number, attempt_started_at FROM tasks WHERE id = ? AND token = ?`,
    ),
    succeed: prepare(
      `UPDATE tasks SET state = ${SUCCEEDED}, ended_at = ?3, updated_at = ?3, attempts = ${closeAttempt('?4')},
         result = ?5, cancel_requested = 0, ${NO_ATTEMPT}
       WHERE seq = ?1 AND token = ?2`,
    ),
    finish: prepare(
      `UPDATE tasks SET state = ?4, ended_at = ?3, updated_at = ?3, error_class = ?5, error = ?6,
         attempts = CASE WHEN ?7 IS NULL THEN attempts ELSE ${closeAttempt('?7')} END,
         attempt_number = attempt_number - (?7 IS NULL), attempt_count = attempt_count - (?7 IS NULL) - ?9,
         crash_count = crash_count + ?8, lost_count = lost_count + ?9, cancel_requested = 0, ${NO_ATTEMPT}
       WHERE seq = ?1 AND token = ?2`,
    ),
    retry: prepare(
      `UPDATE tasks SET state = ${WAITING}, updated_at = ?3, available_at = ?4, attempts = ${closeAttempt('?5')},
         attempt_count = attempt_count - ?7, crash_count = crash_count + ?6, lost_count = lost_count + ?7, ${NO_ATTEMPT}
       WHERE seq = ?1 AND token = ?2 AND cancel_requested = 0`,
    ),
    release: prepare(
      `UPDATE tasks SET state = ${WAITING}, updated_at = ?3, available_at = ?4,
         started_at = CASE WHEN attempt_count = 1 AND started_at = attempt_started_at THEN NULL ELSE started_at END,
         attempt_number = attempt_number - 1, attempt_count = attempt_count - 1, ${NO_ATTEMPT}
       WHERE seq = ?1 AND token = ?2 AND cancel_requested = 0`,
    ),
  };
}
