import type { RunEvent, RunFailure } from '../protocol/index.js';
import type { Algorithm } from './algorithm.js';
import type { Run } from './run.js';

/** Larger requests wait in the queue instead of in the pipe of a child that is busy. */
export const MAX_AHEAD_LENGTH = 64 * 1024;

export type StopReason = 'cancelled' | 'timeout';

/** What the pool hands to a child as one request: one run, or a batch of them. */
export class Job {
  readonly runs: Run[];
  readonly isBatch: boolean;
  algorithm: Algorithm;
  readonly timeoutMs: number;
  /** Its name on the pipe it was last sent to. */
  id = '';
  /** When a child took it up (performance.now); 0 before. */
  startedAt = 0;
  /** Why the child was asked to end it, and when. */
  stop: StopReason | undefined;
  stopAskedAt = 0;
  /** It did not begin in a child that died or was stuck. It may be what killed it: it is never put ahead or joined again. */
  wasMoved = false;
  /** Asked back from a child that is stuck with another job. */
  revoked = false;
  /** Its answer has come; it is settled as soon as what it printed has been read. */
  answered = false;
  /** `ctx.call`s of it that have not been answered. */
  openCalls = 0;
  #calls: AbortController | undefined;

  constructor(runs: Run[], isBatch: boolean) {
    const [first] = runs;
    if (first === undefined) throw new Error('A job needs a run');
    this.runs = runs;
    this.isBatch = isBatch;
    this.algorithm = first.algorithm;
    this.timeoutMs = first.timeoutMs;
  }

  /** Nobody waits for it any more. */
  get isSettled(): boolean {
    for (const run of this.runs) if (!run.settled) return false;
    return true;
  }

  /** Somebody wants its chunks as they come. */
  get isFollowed(): boolean {
    return this.runs.some((run) => run.isFollowed);
  }

  /** May be sent to a child that is still busy with another one. */
  get mayGoAhead(): boolean {
    return !this.wasMoved && !this.isBatch && (this.runs[0]?.argsJson.length ?? 0) <= MAX_AHEAD_LENGTH;
  }

  /** Aborted when the job ends, or is to end: what it called in other algorithms ends with it. */
  get callSignal(): AbortSignal {
    this.#calls ??= new AbortController();
    return this.#calls.signal;
  }

  endCalls(): void {
    this.#calls?.abort();
  }

  get depth(): number {
    let depth = 0;
    for (const run of this.runs) depth = Math.max(depth, run.request.depth ?? 0);
    return depth;
  }

  /** Forgets the child it was given to, where it did not begin. */
  prepareMove(): void {
    this.wasMoved = true;
    this.startedAt = 0;
    this.answered = false;
    this.revoked = false;
  }

  durationMs(now: number): number {
    return this.startedAt === 0 ? 0 : now - this.startedAt;
  }

  emit(event: RunEvent): void {
    for (const run of this.runs) run.emit(event);
  }

  fail(failure: RunFailure, now: number): void {
    const durationMs = this.durationMs(now);
    for (const run of this.runs) run.fail(failure, durationMs);
  }
}
