import { bigintArray, textArray } from './array-param.js';
import { runTransaction } from './batch.js';
import { createUnavailableError } from './postgres-failure.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement } from './statement.js';
import type { TaskMark } from './task-mark.js';
import { decodeText } from './text-code.js';

/** Rows locked at once, for some milliseconds: nobody else wants rows of tasks that ended long ago. */
const PRUNE_AT_ONCE = 1000;

/** Several processes may prune at once, each its own rows. */
const DELETE = createStatement<[seq: number, id: string]>(
  'prune tasks',
  `WITH deleted AS (
     DELETE FROM tasks WHERE seq = ANY (ARRAY(
       SELECT seq FROM tasks WHERE ended_at IS NOT NULL AND ended_at < $2
       ORDER BY ended_at LIMIT $3 FOR UPDATE SKIP LOCKED
     )) RETURNING seq, id, algorithm, state
   ), counted AS (
     INSERT INTO task_counts AS kept (slot, algorithm, state, count)
     SELECT $1::smallint, algorithm, state, -count(*) FROM deleted
     GROUP BY algorithm, state ORDER BY algorithm, state
     ON CONFLICT (slot, algorithm, state) DO UPDATE SET count = kept.count + excluded.count
   )
   SELECT seq, id FROM deleted`,
);

const DELETE_EVENTS = createStatement(
  'prune events',
  'DELETE FROM task_events WHERE task = ANY ($1::bigint[])',
);

const DELETE_CALLBACKS = createStatement(
  'prune callbacks',
  'DELETE FROM task_callbacks WHERE task = ANY ($1::text[])',
);

/** Deletes what is left of ended tasks, a batch after the other. Gives how many. */
export async function pruneTasks(
  server: PostgresServer,
  slot: number,
  endedBefore: number,
  limit: number,
  onKept: (marks: readonly TaskMark[]) => void,
): Promise<number> {
  let pruned = 0;
  while (pruned < limit) {
    const wanted = Math.min(PRUNE_AT_ONCE, limit - pruned);
    const ids = await pruneBatch(server, slot, endedBefore, wanted).catch((error: unknown) => {
      throw createUnavailableError(error, server.name);
    });
    onKept(ids.map((id) => ({ id: decodeText(id) })));
    pruned += ids.length;
    if (ids.length < wanted) break;
  }
  return pruned;
}

/** What belongs to the tasks goes by statements of its own: they see what was added until the tasks were locked. */
function pruneBatch(
  server: PostgresServer,
  slot: number,
  endedBefore: number,
  limit: number,
): Promise<string[]> {
  return runTransaction(server, async (run) => {
    const rows = await run(DELETE, [slot, Math.ceil(endedBefore), limit]);
    const ids = rows.map(([, id]) => id);
    if (rows.length === 0) return ids;
    await Promise.all([
      run(DELETE_EVENTS, [bigintArray(rows.map(([seq]) => seq))]),
      run(DELETE_CALLBACKS, [textArray(ids)]),
    ]);
    return ids;
  });
}
