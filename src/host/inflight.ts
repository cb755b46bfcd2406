import type { Algorithm } from './algorithm.js';
import type { Job } from './job.js';
import type { Run } from './run.js';

/** Jobs a child has been given and has not answered, in the order it works on them; the first few have begun. */
export class Inflight {
  readonly #jobs: Job[] = [];
  /** How many of them the child works on at the same time. */
  concurrency = 1;
  /** Those that wait for another algorithm they called. */
  openCalls = 0;
  /** Those that were asked to stop while they ran. */
  stopping = 0;

  get length(): number {
    return this.#jobs.length;
  }

  /** The oldest. */
  get head(): Job | undefined {
    return this.#jobs[0];
  }

  /** The one whose answer comes next where answers have no names. */
  get awaited(): Job | undefined {
    return this.head?.answered === false ? this.head : undefined;
  }

  /** Runs in it, a batch counting for each of its. */
  get runs(): number {
    return this.#jobs.reduce((sum, job) => sum + job.runs.length, 0);
  }

  has(job: Job): boolean {
    return this.#jobs.includes(job);
  }

  /** Undefined for the late answers of jobs that have been answered before. */
  find(id: string): Job | undefined {
    for (const job of this.#jobs) if (job.id === id) return job.answered ? undefined : job;
    return undefined;
  }

  /** The job that carries a run. */
  findRun(run: Run): Job | undefined {
    return this.#jobs.find((job) => job.runs.includes(run));
  }

  /** True when the job is to begin at once. */
  add(job: Job): boolean {
    this.#jobs.push(job);
    return this.#jobs.length <= this.concurrency;
  }

  /** Takes a job off the list; returns the one that begins in its place. */
  remove(job: Job): Job | undefined {
    const index = this.#jobs.indexOf(job);
    if (index === -1) return undefined;
    if (index === 0) this.#jobs.shift();
    else this.#jobs.splice(index, 1);
    this.openCalls -= job.openCalls;
    job.endCalls();
    if (job.startedAt === 0) return undefined;
    job.algorithm.running -= 1;
    if (job.stopAskedAt > 0) this.stopping -= 1;
    const next = this.#jobs[this.concurrency - 1];
    return next?.startedAt === 0 ? next : undefined;
  }

  /** Empties the list. */
  takeAll(): { begun: Job[]; waiting: Job[] } {
    const jobs = this.#jobs.splice(0);
    this.openCalls = 0;
    this.stopping = 0;
    for (const job of jobs) job.endCalls();
    const begun = jobs.filter((job) => job.startedAt > 0);
    for (const job of begun) job.algorithm.running -= 1;
    return { begun, waiting: jobs.filter((job) => job.startedAt === 0) };
  }

  /** All those that have begun. */
  begun(): Job[] {
    return this.#jobs.slice(0, this.concurrency);
  }

  /** All those behind them. */
  waiting(): Job[] {
    return this.#jobs.slice(this.concurrency);
  }

  /** True when every job here is of this algorithm. */
  isOnly(algorithm: Algorithm): boolean {
    for (const one of this.#jobs) if (one.algorithm !== algorithm) return false;
    return true;
  }

  /** True when a job here was moved here from a dead child. */
  get holdsMoved(): boolean {
    for (const one of this.#jobs) if (one.wasMoved) return true;
    return false;
  }
}
