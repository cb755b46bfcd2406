import type { Ending } from './answer.js';
import type { ChildProcess } from './child-process.js';
import type { Job } from './job.js';

/** An answer waits at most this long for what the child printed before it. */
const MAX_OUTPUT_WAIT_MS = 1000;
const OUTPUT_CHECK_MS = 50;

/**
 * Jobs whose answers have come in this turn of the event loop. What a child printed before an answer may be read after it,
 * but mostly within the same turn: jobs are settled at its end, and later only while the child has filled the pipe.
 */
export class AnsweredJobs {
  readonly #child: ChildProcess;
  /** What follows an answer belongs to the same request. */
  readonly #isLockstep: boolean;
  readonly #settle: (job: Job, ending: Ending, now: number) => void;
  #answered: [Job, Ending][] = [];

  constructor(
    child: ChildProcess,
    isLockstep: boolean,
    settle: (job: Job, ending: Ending, now: number) => void,
  ) {
    this.#child = child;
    this.#isLockstep = isLockstep;
    this.#settle = settle;
  }

  /** True for the first of a turn. */
  add(job: Job, ending: Ending): boolean {
    job.answered = true;
    if (this.#answered.push([job, ending]) > 1) return false;
    setImmediate(this.#endTurn);
    return true;
  }

  /** Settles them without waiting for output. */
  settleAll(): void {
    if (this.#answered.length === 0) return;
    const answered = this.#answered;
    this.#answered = [];
    this.#child.flushOutput();
    const now = performance.now();
    for (const [job, ending] of answered) this.#settle(job, ending, now);
  }

  readonly #endTurn = (): void => {
    if (this.#isWriting()) this.#awaitOutput(performance.now() + MAX_OUTPUT_WAIT_MS);
    else this.settleAll();
  };

  #isWriting(): boolean {
    return this.#child.isPrinting() || (this.#isLockstep && this.#child.hasPartialAnswer);
  }

  #awaitOutput(until: number): void {
    setTimeout(() => {
      if (this.#isWriting() && performance.now() < until) this.#awaitOutput(until);
      else this.settleAll();
    }, OUTPUT_CHECK_MS);
  }
}
