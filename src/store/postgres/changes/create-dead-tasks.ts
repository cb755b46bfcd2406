import type { TaskError } from '../../../protocol/index.js';
import type { NewTaskRow } from '../../new-task-row.js';
import { DEAD } from '../../state-code.js';
import type { ChangeKind } from '../change-kind.js';
import { createTasks } from './create-tasks.js';
import { endWaiting } from './end-waiting.js';

/** New tasks that are dead from the start. False for one whose id or idempotency key is known. */
export const createDeadTasks: ChangeKind<{ row: NewTaskRow; error: TaskError }, boolean> = {
  async apply(transaction, inputs) {
    const rows = inputs.map(({ row }) => row);
    const isNew = await createTasks.apply(transaction, rows);
    const ends = inputs
      .filter((_, index) => isNew[index])
      .map(({ row: { task }, error }) => ({
        ...{ id: task.id, state: DEAD, error },
        ...{ now: task.createdAt, orRequest: false },
      }));
    if (ends.length > 0) await endWaiting.apply(transaction, ends);
    return isNew;
  },
};
