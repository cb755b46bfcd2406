import { SUCCEEDED } from '../../state-code.js';

/** SQL of the start of an attempt's JSON, of what a row knows of it; a comma and the rest follow. */
const OPEN_ATTEMPT = `'{"number":' || tasks.attempt_number || ',"token":"' || tasks.token ||
  '","startedAt":' || tasks.attempt_started_at || ','`;

/** SQL of the ended attempts and one more. @param rest SQL of the JSON after what the row knows of the attempt */
export function closeAttempt(rest: string): string {
  return `coalesce(tasks.attempts || ',', '') || ${OPEN_ATTEMPT} || ${rest}`;
}

/** Columns by their full names, where another table has some of the same. */
function ofTasks(columns: string): string {
  return columns.replace(/\b\w+\b/g, 'tasks.$&');
}

/**
 * SQL of a change with all that goes along with it, in one statement: the counts, and the callbacks that are owed.
 * The parameter $1 is the slot of the counts.
 * @param change SQL without RETURNING, which sets `came_from` to the state before, or to null for a new task
 * @param columns what to give of each changed task
 * @param others more parts of the statement, which may look at `changed`
 */
export function changeTasks(change: string, columns: string, others: readonly string[] = []): string {
  return `WITH changed AS (
    ${change} RETURNING tasks.came_from, tasks.callback_url AS owed_to, tasks.updated_at AS owed_at, ${ofTasks(columns)}
  ), counted AS (
    INSERT INTO task_counts AS kept (slot, algorithm, state, count)
    SELECT $1::smallint, algorithm, state, sum(change) FROM (
      SELECT algorithm, state, 1 AS change FROM changed
      UNION ALL SELECT algorithm, came_from, -1 FROM changed WHERE came_from IS NOT NULL
    ) AS moves GROUP BY algorithm, state HAVING sum(change) <> 0 ORDER BY algorithm, state
    ON CONFLICT (slot, algorithm, state) DO UPDATE SET count = kept.count + excluded.count
  ), ${[...others, OWED].join(', ')}
  SELECT ${columns} FROM changed`;
}

/** Whoever asked for a callback is owed one from the end of the task on. */
const OWED = `owed AS (
    INSERT INTO task_callbacks (task, url, due_at, tries, leased)
    SELECT id, owed_to, owed_at, 0, false FROM changed
    WHERE state >= ${SUCCEEDED} AND owed_to IS NOT NULL
    ON CONFLICT (task) DO UPDATE
      SET url = excluded.url, due_at = excluded.due_at, tries = excluded.tries, leased = excluded.leased
  )`;
