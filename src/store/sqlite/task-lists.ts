import type { TaskState } from '../../protocol/index.js';
import type { SqliteDatabase, SqlRow, SqlValue, Statement, Tally } from '../../sqlite/index.js';
import { assertLimit, decodeCursor, encodeCursor } from '../list-cursor.js';
import { getStateName, STATE_CODE } from '../state-code.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from '../task-row.js';
import type { TaskFilter, TaskPage } from '../task-store.js';

/** A stretch of one index that holds candidates of a list in order, newest first. */
interface Run {
  from: Statement<[seq: number]>;
  params: SqlValue[];
}

/**
 * Lists, newest first. A list is the merge of the newest of a few index stretches, by what the filter names: one for an
 * error class, one per state for an owner, else one for each pair of algorithm and state that has tasks.
 */
export class TaskLists {
  readonly #counts: Tally;
  readonly #sql: ReturnType<typeof prepareStatements>;

  constructor(database: SqliteDatabase, counts: Tally) {
    this.#counts = counts;
    this.#sql = prepareStatements(database);
  }

  /** @throws RunyardError `malformed_request` for a cursor or limit that cannot be */
  list(filter: TaskFilter, limit: number, after?: string): TaskPage {
    assertLimit(limit);
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(after);
    const seqs = this.#getRuns(filter)
      .flatMap((run) => run.from.all([before, limit + 1, ...run.params]))
      .map(([seq]) => seq)
      .sort((a, b) => b - a);
    const page = seqs.slice(0, limit);
    const last = page.at(-1);
    return {
      tasks: page.flatMap((seq) => this.#sql.summary.all([seq])).map(toSummary),
      ...(seqs.length > limit && last !== undefined && { next: encodeCursor(last) }),
    };
  }

  #getRuns({ algorithm, state, errorClass, owner }: TaskFilter): Run[] {
    const code = state === undefined ? undefined : STATE_CODE[state];
    if (errorClass !== undefined) {
      const params = [errorClass, algorithm ?? null, code ?? null, owner ?? null];
      return [{ from: this.#sql.ofErrorClass, params }];
    }
    if (owner !== undefined) {
      const codes = code === undefined ? Object.values(STATE_CODE) : [code];
      return codes.map((one) => ({ from: this.#sql.ofOwner, params: [owner, one, algorithm ?? null] }));
    }
    if (algorithm === undefined && code === undefined) return [{ from: this.#sql.ofAll, params: [] }];
    return this.#counts
      .read()
      .filter(({ name, kind }) => (algorithm ?? name) === name && (code ?? kind) === kind)
      .map(({ name, kind }) => ({ from: this.#sql.ofLane, params: [name, kind] }));
  }

  /** Costs by the number of algorithms, not of tasks. */
  getCounts(): { algorithm: string; state: TaskState; count: number }[] {
    return this.#counts
      .read()
      .map(({ name, kind, count }) => ({ algorithm: name, state: getStateName(kind), count }));
  }

  getOldestWaiting(now: number): { algorithm: string; since: number }[] {
    return this.#counts
      .read()
      .filter(({ kind, count }) => kind === STATE_CODE.waiting && count > 0)
      .flatMap(({ name }) =>
        this.#sql.firstDue.all([name, now]).map(([since]) => ({ algorithm: name, since })),
      );
  }

  findPastDeadline(deadlineBefore: number, limit: number): string[] {
    return this.#sql.pastDeadline.all([deadlineBefore, limit]).map(([id]) => id);
  }

  /** Waiting tasks of an algorithm in order of arrival, `limit` after `afterSeq`. */
  readWaiting(algorithm: string, afterSeq: number, limit: number): WaitingRow[] {
    return this.#sql.waiting.all([algorithm, afterSeq, limit]);
  }
}

export type WaitingRow = [seq: number, id: string, createdAt: number, dueSince: number];

function prepareStatements(database: SqliteDatabase) {
  const prepare = <Row extends SqlRow>(sql: string): Statement<Row> => database.prepare<Row>(sql);
  const newest = 'ORDER BY seq DESC LIMIT ?2';
  return {
    summary: prepare<SummaryRow>(`SELECT ${SUMMARY_COLUMNS} FROM tasks WHERE seq = ?`),
    ofAll: prepare<[number]>(`SELECT seq FROM tasks WHERE seq < ?1 ${newest}`),
    ofLane: prepare<[number]>(
      `SELECT seq FROM tasks INDEXED BY tasks_lane WHERE algorithm = ?3 AND state = ?4 AND seq < ?1 ${newest}`,
    ),
    ofOwner: prepare<[number]>(
      `SELECT seq FROM tasks INDEXED BY tasks_owner WHERE owner = ?3 AND state = ?4 AND seq < ?1
         AND (?5 IS NULL OR algorithm = ?5) ${newest}`,
    ),
    ofErrorClass: prepare<[number]>(
      `SELECT seq FROM tasks INDEXED BY tasks_error_class WHERE error_class = ?3 AND seq < ?1
         AND (?4 IS NULL OR algorithm = ?4) AND (?5 IS NULL OR state = ?5) AND (?6 IS NULL OR owner = ?6) ${newest}`,
    ),
    pastDeadline: prepare<[string]>(
      `SELECT id FROM tasks INDEXED BY tasks_deadline
       WHERE state = 0 AND deadline IS NOT NULL AND deadline < ?1 AND started_at IS NULL ORDER BY deadline LIMIT ?2`,
    ),
    firstDue: prepare<[number]>(
      `SELECT due FROM (
         SELECT seq, max(created_at, ifnull(available_at, 0)) AS due FROM tasks INDEXED BY tasks_lane
         WHERE algorithm = ?1 AND state = 0 ORDER BY seq LIMIT 1000)
       WHERE due <= ?2 ORDER BY seq LIMIT 1`,
    ),
    waiting: prepare<WaitingRow>(
      `SELECT seq, id, created_at, max(updated_at, ifnull(available_at, 0)) FROM tasks INDEXED BY tasks_lane
       WHERE algorithm = ?1 AND state = 0 AND seq > ?2 ORDER BY seq LIMIT ?3`,
    ),
  };
}
