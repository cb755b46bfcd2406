import type { Task, TaskEvent, TaskState } from '../../protocol/index.js';
import { decodeEvent, type EventRow } from '../event-code.js';
import { getStateName, WAITING } from '../state-code.js';
import { SUMMARY_COLUMNS, TASK_COLUMNS, type SummaryRow, type TaskRow } from '../task-row.js';
import type { TaskSummary } from '../task-store.js';
import { decodeSummary, decodeTask } from './postgres-rows.js';
import type { PostgresServer } from './postgres-server.js';
import { ReadBatch } from './read-batch.js';
import { createStatement } from './statement.js';
import { decodeText, encodeText } from './text-code.js';

const GET = createStatement<TaskRow>('get', `SELECT ${TASK_COLUMNS} FROM tasks WHERE id = ANY ($1::text[])`);

const GET_SUMMARY = createStatement<SummaryRow>(
  'get summary',
  `SELECT ${SUMMARY_COLUMNS} FROM tasks WHERE id = ANY ($1::text[])`,
);

const GET_FIRST = createStatement<[payloadHash: string | null, ...TaskRow]>(
  'get first',
  `SELECT payload_hash, ${TASK_COLUMNS} FROM tasks WHERE id = $1
   UNION ALL
   SELECT payload_hash, ${TASK_COLUMNS} FROM tasks
   WHERE coalesce(owner, '') = $2 AND idempotency_key = $3 AND idempotency_key IS NOT NULL`,
);

const COUNTS = createStatement<[algorithm: string, state: number, count: number]>(
  'counts',
  `SELECT algorithm, state, sum(count) FROM task_counts GROUP BY algorithm, state HAVING sum(count) <> 0`,
);

const EVENTS = createStatement<EventRow>(
  'events',
  `SELECT seq, time, attempt, type, data FROM task_events
   WHERE task = (SELECT seq FROM tasks WHERE id = $1) AND seq > $2 ORDER BY seq LIMIT $3`,
);

const PAST_DEADLINE = createStatement<[id: string]>(
  'past deadline',
  `SELECT id FROM tasks
   WHERE state = ${WAITING} AND started_at IS NULL AND deadline IS NOT NULL AND deadline < $1
   ORDER BY deadline LIMIT $2`,
);

const WAITING_SINCE = createStatement<[seq: number, id: string, createdAt: number, dueSince: number]>(
  'waiting since',
  `SELECT seq, id, created_at, greatest(updated_at, available_at) FROM tasks
   WHERE algorithm = $1 AND state = ${WAITING} AND seq > $2 ORDER BY seq LIMIT $3`,
);

/** The lanes come from the few rows of the counts; in each, the first thousand of the index are looked through for one that is due. */
const OLDEST_WAITING = createStatement<[algorithm: string, since: number]>(
  'oldest waiting',
  `SELECT lane.algorithm, oldest.due
   FROM (SELECT algorithm FROM task_counts WHERE state = ${WAITING} GROUP BY algorithm HAVING sum(count) > 0) AS lane,
     LATERAL (
       SELECT due
       FROM (SELECT seq, greatest(created_at, available_at) AS due FROM tasks
             WHERE algorithm = lane.algorithm AND state = ${WAITING} ORDER BY seq LIMIT 1000) AS first
       WHERE due <= $1 ORDER BY seq LIMIT 1
     ) AS oldest`,
);

/** Rows read at once where there may be many. */
const READ_AT_ONCE = 1000;

/** What is asked of single tasks, and of all by their state. */
export class TaskReads {
  readonly #server: PostgresServer;
  readonly #tasks: ReadBatch<TaskRow>;
  readonly #summaries: ReadBatch<SummaryRow>;

  constructor(server: PostgresServer) {
    this.#server = server;
    this.#tasks = new ReadBatch(server, GET);
    this.#summaries = new ReadBatch(server, GET_SUMMARY);
  }

  async get(id: string): Promise<Task | undefined> {
    const row = await this.#tasks.get(encodeText(id));
    return row && decodeTask(row);
  }

  async getSummary(id: string): Promise<TaskSummary | undefined> {
    const row = await this.#summaries.get(encodeText(id));
    return row && decodeSummary(row);
  }

  /** The task that has the idempotency key of another already, or its id, and the hash of the payload it came with. */
  async getFirst({
    id,
    owner = '',
    idempotencyKey,
  }: Task): Promise<{ task: Task; payloadHash: string | undefined } | undefined> {
    const key = idempotencyKey === undefined ? null : encodeText(idempotencyKey);
    const rows = await this.#server.query(GET_FIRST, [encodeText(id), encodeText(owner), key]);
    // The one with the key comes last, and goes first.
    const row = rows.at(-1);
    if (!row) return undefined;
    const [payloadHash, ...task] = row;
    return { task: decodeTask(task), payloadHash: payloadHash ?? undefined };
  }

  /** Costs by the number of algorithms, not of tasks. */
  async counts(): Promise<{ algorithm: string; state: TaskState; count: number }[]> {
    const rows = await this.#server.query(COUNTS, []);
    return rows.map(([algorithm, state, count]) => ({
      algorithm: decodeText(algorithm),
      state: getStateName(state),
      count,
    }));
  }

  async oldestWaiting(now: number): Promise<{ algorithm: string; since: number }[]> {
    const rows = await this.#server.query(OLDEST_WAITING, [Math.floor(now)]);
    return rows.map(([algorithm, since]) => ({ algorithm: decodeText(algorithm), since }));
  }

  async readEvents(id: string, after: number, limit: number): Promise<TaskEvent[]> {
    return (await this.#server.query(EVENTS, [encodeText(id), after, limit])).map(decodeEvent);
  }

  async findPastDeadline(deadlineBefore: number, limit: number): Promise<string[]> {
    const rows = await this.#server.query(PAST_DEADLINE, [Math.ceil(deadlineBefore), limit]);
    return rows.map(([id]) => decodeText(id));
  }

  /** Reads from the oldest on, and no further than to the first page that ends with a young one. */
  async findWaitingSince(algorithm: string, before: number, limit: number): Promise<string[]> {
    const found: string[] = [];
    for (let after = 0; ;) {
      const rows = await this.#server.query(WAITING_SINCE, [encodeText(algorithm), after, READ_AT_ONCE]);
      for (const [, id, createdAt, dueSince] of rows)
        if (createdAt < before && dueSince < before) found.push(decodeText(id));
      const last = rows.at(-1);
      if (!last || rows.length < READ_AT_ONCE || last[2] >= before || found.length >= limit) break;
      after = last[0];
    }
    return found.slice(0, limit);
  }
}
