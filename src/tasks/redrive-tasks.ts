import { RunyardError } from '../errors/index.js';
import type { TaskFilter, TaskStore } from '../store/index.js';

/** Redriven at the same time, so that thousands neither flood the store nor wait for each other. */
const BATCH = 100;

export interface RedriveProgress {
  /** Tasks that wait again. */
  redriven: number;
  /** Tasks that were in another state by the time they were reached. */
  skipped: number;
}

/** Redrives every task that fits, newest first. Those that die again meanwhile are not taken twice. */
export async function redriveAll(
  store: Pick<TaskStore, 'list'>,
  filter: TaskFilter,
  redrive: (id: string) => Promise<unknown>,
  onProgress?: (progress: RedriveProgress) => void,
): Promise<RedriveProgress> {
  const progress: RedriveProgress = { redriven: 0, skipped: 0 };
  let after: string | undefined;
  do {
    const page = await store.list({ ...filter, state: assertRedrivable(filter.state) }, BATCH, after);
    const ended = await Promise.allSettled(page.tasks.map(({ id }) => redrive(id)));
    for (const result of ended) {
      if (result.status === 'fulfilled') progress.redriven++;
      else if (isSkippable(result.reason)) progress.skipped++;
      else throw result.reason;
    }
    if (page.tasks.length > 0) onProgress?.({ ...progress });
    after = page.next;
  } while (after !== undefined);
  return progress;
}

function assertRedrivable(state: TaskFilter['state'] = 'dead'): 'dead' | 'cancelled' {
  if (state === 'dead' || state === 'cancelled') return state;
  throw new RunyardError(
    'task_conflict',
    `Only dead and cancelled tasks can be redriven, not those that are ${state}.`,
  );
}

/** Somebody else redrove or deleted it meanwhile. */
function isSkippable(error: unknown): boolean {
  return error instanceof RunyardError && (error.code === 'task_conflict' || error.code === 'task_not_found');
}
