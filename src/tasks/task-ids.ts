import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';

const POOL_BYTES = 4096;

/**
 * Ids that sort by the time they were made (ULID), strictly ascending within a process.
 * Randomness is drawn in large pieces: byte by byte it would cost more than everything else about a submission.
 */
export function createTaskIds(clock: () => number = Date.now): () => string {
  const pool = new Uint8Array(POOL_BYTES);
  let next = POOL_BYTES;
  const ulid = monotonicFactory(() => {
    if (next === POOL_BYTES) {
      randomFillSync(pool);
      next = 0;
    }
    return (pool[next++] ?? 0) / 256;
  });
  return () => ulid(clock());
}
