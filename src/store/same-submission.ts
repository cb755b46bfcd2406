import { RunyardError } from '../errors/index.js';
import type { NewTask, Task } from '../protocol/index.js';
import { hashPayload } from './payload-hash.js';

/**
 * @param firstHash of the payload that came with the idempotency key: a redrive may have replaced the payload since
 * @throws RunyardError `idempotency_conflict` when the second submission is of something else than the first.
 */
export function assertSameSubmission(first: Task, firstHash: string | undefined, second: NewTask): void {
  const hash = firstHash ?? hashPayload(first.payload);
  if (first.algorithm === second.algorithm && hash === hashPayload(second.payload)) return;
  throw new RunyardError(
    'idempotency_conflict',
    `Expected the algorithm and payload that task ${first.id} came with, since it has the same idempotency key or ` +
      `id; got others. Use a new key for a new task.`,
  );
}
