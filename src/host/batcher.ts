import type { Algorithm } from './algorithm.js';
import { Job } from './job.js';
import type { Run } from './run.js';
import type { WaitingJobs } from './waiting-jobs.js';

const DEFAULTS = { maxSize: 32, maxWaitMs: 5, maxBytes: 8 * 1024 * 1024 };

/** Collects the runs of one `batch_*` algorithm into jobs that are fed to the function together. */
export class Batcher {
  readonly #algorithm: Algorithm;
  readonly #waiting: WaitingJobs;
  readonly #submit: (job: Job) => void;
  readonly #limits: typeof DEFAULTS;
  #open: Run[] = [];
  #openBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(algorithm: Algorithm, waiting: WaitingJobs, submit: (job: Job) => void) {
    this.#algorithm = algorithm;
    this.#waiting = waiting;
    this.#submit = submit;
    this.#limits = { ...DEFAULTS, ...algorithm.limits.batch };
  }

  /** Runs that are being collected. */
  get size(): number {
    return this.#open.length;
  }

  add(run: Run): void {
    if (this.#joinWaiting(run)) return;
    const bytes = Buffer.byteLength(run.argsJson);
    // Runs of one batch share its time limit.
    const fits =
      this.#openBytes + bytes <= this.#limits.maxBytes && this.#open[0]?.timeoutMs === run.timeoutMs;
    if (this.#open.length > 0 && !fits) this.flush();
    this.#open.push(run);
    this.#openBytes += bytes;
    if (this.#open.length >= this.#limits.maxSize) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), this.#limits.maxWaitMs);
  }

  /** False when the run is not being collected any more. */
  remove(run: Run): boolean {
    const index = this.#open.indexOf(run);
    if (index === -1) return false;
    this.#open.splice(index, 1);
    this.#openBytes -= Buffer.byteLength(run.argsJson);
    return true;
  }

  /** Takes out what is being collected. */
  takeAll(): Run[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const runs = this.#open;
    this.#open = [];
    this.#openBytes = 0;
    return runs;
  }

  flush(): void {
    const runs = this.takeAll();
    if (runs.length > 0) this.#submit(new Job(runs, true));
  }

  /** A batch that waits for a process anyway may still grow. */
  #joinWaiting(run: Run): boolean {
    const job = this.#waiting.last(this.#algorithm);
    if (job === undefined || job.wasMoved || job.timeoutMs !== run.timeoutMs) return false;
    if (job.runs.length >= this.#limits.maxSize) return false;
    const bytes = job.runs.reduce((sum, one) => sum + Buffer.byteLength(one.argsJson), 0);
    if (bytes + Buffer.byteLength(run.argsJson) > this.#limits.maxBytes) return false;
    this.#waiting.join(job, run);
    return true;
  }
}
