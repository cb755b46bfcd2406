import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskStore } from '../store/index.js';
import type { Logger } from '../telemetry/index.js';

const BATCH = 500;

export interface RetentionOptions {
  store: Pick<TaskStore, 'prune'>;
  retentionMs: number;
  clock: () => number;
  logger: Logger;
}

/** Deletes tasks whose retention time is over, in batches that leave others their turn. */
export async function pruneEndedTasks({
  store,
  retentionMs,
  clock,
  logger,
}: RetentionOptions): Promise<void> {
  const endedBefore = clock() - retentionMs;
  let total = 0;
  for (;;) {
    const count = await store.prune(endedBefore, BATCH);
    total += count;
    if (count < BATCH) break;
    await nextTurn();
  }
  if (total > 0)
    logger.info({ count: total }, `${total} ended tasks were deleted after their retention time`);
}
