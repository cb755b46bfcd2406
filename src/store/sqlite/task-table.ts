import { RunyardError } from '../../errors/index.js';
import type { Task, TaskError, TaskState } from '../../protocol/index.js';
import type { RunInfo, SqliteDatabase, SqlRow, Statement } from '../../sqlite/index.js';
import type { TaskSummary } from '../task-store.js';
import { CANCELLED_WAITING } from '../attempt-end.js';
import type { NewTaskRow } from '../new-task-row.js';
import { CANCELLED, DEAD, getStateName, RUNNING, WAITING } from '../state-code.js';
import type { TaskChanges } from './task-changes.js';
import {
  SUMMARY_COLUMNS,
  TASK_COLUMNS,
  toSummary,
  toTask,
  type SummaryRow,
  type TaskRow,
} from '../task-row.js';

/** Tasks outside of their attempts. What changes something is to be called inside a write. */
export class TaskTable {
  readonly #changes: TaskChanges;
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: SqliteDatabase, changes: TaskChanges) {
    this.#changes = changes;
    this.#sql = prepareStatements(database);
  }

  /** Undefined when it was created, else the task that has its idempotency key or its id already. */
  create(row: NewTaskRow): Task | undefined {
    const { changes, lastInsertRowid } = this.#insert(row);
    if (changes === 0) return this.#getFirst(row.task);
    this.#changes.bodies.put(lastInsertRowid, 'payload', row.payload);
    this.#changes.enter(row.task, undefined, WAITING);
    return undefined;
  }

  #insert({ task, payload, options, payloadHash }: NewTaskRow): RunInfo {
    const { id, algorithm, priority, createdAt } = task;
    const inline = this.#changes.bodies.inline(payload);
    if (options === null) return this.#sql.insertPlain.run([id, algorithm, priority, createdAt, inline]);
    return this.#sql.insert.run([
      ...[id, algorithm, priority, createdAt, inline, options],
      task.runAt ?? null,
      task.deadline ?? null,
      task.owner ?? null,
      task.idempotencyKey ?? null,
      payloadHash,
      task.callbackUrl ?? null,
    ]);
  }

  #getFirst({ id, owner, idempotencyKey }: Task): Task {
    const byKey = idempotencyKey !== undefined && this.#sql.getByKey.get([owner ?? '', idempotencyKey]);
    const row = byKey || this.#sql.get.get([id]);
    if (!row)
      throw new RunyardError('internal', `Expected a task that has the id or idempotency key of ${id}.`);
    return toTask(row, this.#changes.bodies.read);
  }

  /** Hash of the payload that came with the idempotency key: a redrive may have replaced the payload since. */
  getPayloadHash(id: string): string | undefined {
    return this.#sql.getPayloadHash.get([id])?.[0] ?? undefined;
  }

  get(id: string): Task | undefined {
    const row = this.getRow(id);
    return row && toTask(row, this.#changes.bodies.read);
  }

  getSummary(id: string): TaskSummary | undefined {
    const row = this.#sql.getSummary.get([id]);
    return row && toSummary(row);
  }

  getRow(id: string): TaskRow | undefined {
    return this.#sql.get.get([id]);
  }

  cancel(id: string, now: number): TaskState | undefined {
    if (this.endWaiting(id, CANCELLED, CANCELLED_WAITING, now)) return 'cancelled';
    if (this.#sql.requestCancel.run([id, now]).changes > 0) this.#changes.markChanged(id);
    const row = this.#sql.getState.get([id]);
    return row && getStateName(row[0]);
  }

  /** `waiting` → `dead` or `cancelled`. False when it is not waiting. */
  endWaiting(id: string, state: typeof DEAD | typeof CANCELLED, error: TaskError, now: number): boolean {
    const row = this.#sql.endWaiting.get([id, state, now, error.class, JSON.stringify(error)]);
    if (!row) return false;
    this.#changes.end({ id, algorithm: row[0], callbackUrl: row[1] }, WAITING, state, now);
    return true;
  }

  /** @param payload JSON text */
  redrive(id: string, now: number, payload?: string): Task | undefined {
    const ended = this.#sql.getEnded.get([id]);
    if (!ended) return undefined;
    const [seq, state] = ended;
    if (payload !== undefined) this.#replacePayload(seq, payload);
    const row = this.#sql.redrive.get([seq, now]);
    if (!row) return undefined;
    this.#changes.callbacks.drop(id);
    this.#changes.enter({ id, algorithm: row[2] }, state, WAITING);
    return toTask(row, this.#changes.bodies.read);
  }

  #replacePayload(seq: number, payload: string): void {
    this.#changes.bodies.delete(seq);
    this.#changes.bodies.put(seq, 'payload', payload);
    this.#sql.replacePayload.run([seq, this.#changes.bodies.inline(payload)]);
  }
}

function prepareStatements(database: SqliteDatabase) {
  const prepare = <Row extends SqlRow>(sql: string): Statement<Row> => database.prepare<Row>(sql);
  return {
    // Binding a value costs about as much as storing it, and most tasks have no options.
    insertPlain: prepare(
      `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, payload)
       VALUES (?1, ?2, ${WAITING}, ?3, ?4, ?4, ?5) ON CONFLICT DO NOTHING`,
    ),
    insert: prepare(
      `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, payload, options, available_at,
         deadline, owner, idempotency_key, payload_hash, callback_url)
       VALUES (?1, ?2, ${WAITING}, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING`,
    ),
    getSummary: prepare<SummaryRow>(`SELECT ${SUMMARY_COLUMNS} FROM tasks WHERE id = ?`),
    get: prepare<TaskRow>(`SELECT ${TASK_COLUMNS} FROM tasks WHERE id = ?`),
    getByKey: prepare<TaskRow>(
      `SELECT ${TASK_COLUMNS} FROM tasks INDEXED BY tasks_idempotency
       WHERE ifnull(owner, '') = ? AND idempotency_key = ? AND idempotency_key IS NOT NULL`,
    ),
    getPayloadHash: prepare<[string | null]>('SELECT payload_hash FROM tasks WHERE id = ?'),
    getState: prepare<[number]>('SELECT state FROM tasks WHERE id = ?'),
    endWaiting: prepare<[algorithm: string, callbackUrl: string | null]>(
      `UPDATE tasks SET state = ?2, ended_at = ?3, updated_at = ?3, available_at = NULL, cancel_requested = 0,
         error_class = ?4, error = ?5, revision = revision + 1
       WHERE id = ?1 AND state = ${WAITING} RETURNING algorithm, callback_url`,
    ),
    requestCancel: prepare(
      `UPDATE tasks SET cancel_requested = 1, updated_at = ?2, revision = revision + 1
       WHERE id = ?1 AND state = ${RUNNING}`,
    ),
    getEnded: prepare<[seq: number, state: number]>(
      `SELECT seq, state FROM tasks WHERE id = ? AND state IN (${DEAD}, ${CANCELLED})`,
    ),
    replacePayload: prepare('UPDATE tasks SET payload = ?2 WHERE seq = ?1'),
    // A deadline that has passed would end it again at once.
    redrive: prepare<TaskRow>(
      `UPDATE tasks SET state = ${WAITING}, updated_at = ?2, started_at = NULL, ended_at = NULL, available_at = ?2,
         attempt_count = 0, crash_count = 0, lost_count = 0, error_class = NULL, error = NULL,
         options = CASE WHEN deadline <= ?2 THEN json_remove(options, '$.deadline') ELSE options END,
         deadline = CASE WHEN deadline <= ?2 THEN NULL ELSE deadline END, revision = revision + 1
       WHERE seq = ?1 RETURNING ${TASK_COLUMNS}`,
    ),
  };
}
