import { bigintArray, textArray } from './array-param.js';
import { createUnavailableError } from './postgres-failure.js';
import type { TaskMark } from './change-effects.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement } from './statement.js';
import { decodeText } from './text-code.js';
import { runTransaction, type Transaction } from './transaction.js';

/** Rows locked at once, for some milliseconds: nobody else wants rows of tasks that ended long ago. */
const PRUNE_AT_ONCE = 1000;

/** Several processes may prune at once, each its own rows. */
const DELETE = createStatement<[seq: number, id: string, algorithm: string, state: number]>(
  'prune tasks',
  `DELETE FROM tasks WHERE seq = ANY (ARRAY(
     SELECT seq FROM tasks WHERE ended_at IS NOT NULL AND ended_at < $1
     ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
   )) RETURNING seq, id, algorithm, state`,
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
    try {
      const prune = (transaction: Transaction): Promise<number> =>
        pruneBatch(transaction, endedBefore, wanted);
      const { results, effects } = await runTransaction(server, slot, [prune]);
      onKept(effects.marks);
      const [count = 0] = results;
      pruned += count;
      if (count < wanted) break;
    } catch (error) {
      throw createUnavailableError(error, server.name);
    }
  }
  return pruned;
}

async function pruneBatch(transaction: Transaction, endedBefore: number, limit: number): Promise<number> {
  const rows = await transaction.run(DELETE, [Math.ceil(endedBefore), limit]);
  if (rows.length === 0) return 0;
  for (const [, id, algorithm, state] of rows) {
    transaction.effects.count(algorithm, state, -1);
    transaction.effects.marks.push({ id: decodeText(id) });
  }
  await Promise.all([
    transaction.run(DELETE_EVENTS, [bigintArray(rows.map(([seq]) => seq))]),
    transaction.run(DELETE_CALLBACKS, [textArray(rows.map(([, id]) => id))]),
  ]);
  return rows.length;
}
