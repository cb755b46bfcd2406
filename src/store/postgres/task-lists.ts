import { assertLimit, decodeCursor, encodeCursor } from '../list-cursor.js';
import { STATE_CODE } from '../state-code.js';
import { SUMMARY_COLUMNS, type SummaryRow } from '../task-row.js';
import type { TaskFilter, TaskPage } from '../task-store.js';
import { decodeSummary } from './postgres-rows.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement, type SqlValue, type Statement } from './statement.js';
import { encodeText } from './text-code.js';

/** Every list takes the same: before which `seq`, how many, and by what. */
type ListParams = [
  before: number,
  limit: number,
  algorithm: string | null,
  state: number | null,
  owner: string | null,
  errorClass: string | null,
];

const NEWEST_OF_ALL = createStatement<SummaryRow>(
  'list all',
  `SELECT ${SUMMARY_COLUMNS} FROM tasks WHERE seq < $1 ORDER BY seq DESC LIMIT $2`,
);

/**
 * Lists by what is asked for: each a merge of the newest of every lane (algorithm and state) that has tasks at all, and
 * each with an index of its own that holds them in this order.
 */
const NEWEST_OF_LANES = createListStatement('list lanes', '$5::text IS NULL AND $6::text IS NULL');
const NEWEST_OF_OWNER = createListStatement('list owner', 'owner = $5 AND $6::text IS NULL');
const NEWEST_OF_ERROR_CLASS = createListStatement(
  'list error class',
  '$5::text IS NULL AND error_class = $6',
);
const NEWEST_OF_BOTH = createListStatement('list owner and error class', 'owner = $5 AND error_class = $6');

/** @param condition beyond algorithm and state */
function createListStatement(name: string, condition: string): Statement<SummaryRow> {
  return createStatement(
    name,
    `SELECT task.* FROM (
       SELECT algorithm, state FROM task_counts
       WHERE ($3::text IS NULL OR algorithm = $3) AND ($4::integer IS NULL OR state = $4)
       GROUP BY algorithm, state HAVING sum(count) <> 0
     ) AS lane CROSS JOIN LATERAL (
       SELECT ${SUMMARY_COLUMNS} FROM tasks
       WHERE algorithm = lane.algorithm AND state = lane.state AND seq < $1 AND ${condition}
       ORDER BY seq DESC LIMIT $2
     ) AS task ORDER BY seq DESC LIMIT $2`,
  );
}

/** Lists, newest first, by a cursor. */
export class TaskLists {
  readonly #server: PostgresServer;

  constructor(server: PostgresServer) {
    this.#server = server;
  }

  /** @throws RunyardError `malformed_request` for a cursor or limit that cannot be */
  async list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage> {
    assertLimit(limit);
    const before = after === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(after);
    const rows = await this.#server.query(...createListQuery(filter, before, limit + 1));
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      tasks: page.map(decodeSummary),
      ...(rows.length > limit && last !== undefined && { next: encodeCursor(last[0]) }),
    };
  }
}

/** The statement for a filter, and what it takes. @param before only tasks whose `seq` is smaller */
export function createListQuery(
  filter: TaskFilter,
  before: number,
  limit: number,
): [Statement<SummaryRow>, SqlValue[]] {
  const { algorithm, state, owner, errorClass } = filter;
  if ([algorithm, state, owner, errorClass].every((value) => value === undefined))
    return [NEWEST_OF_ALL, [before, limit]];
  const params: ListParams = [
    before,
    limit,
    algorithm === undefined ? null : encodeText(algorithm),
    state === undefined ? null : STATE_CODE[state],
    owner === undefined ? null : encodeText(owner),
    errorClass ?? null,
  ];
  if (owner !== undefined) return [errorClass === undefined ? NEWEST_OF_OWNER : NEWEST_OF_BOTH, params];
  return [errorClass === undefined ? NEWEST_OF_LANES : NEWEST_OF_ERROR_CLASS, params];
}
