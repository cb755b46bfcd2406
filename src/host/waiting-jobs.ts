import type { Algorithm } from './algorithm.js';
import type { Job } from './job.js';
import type { Run } from './run.js';

/** Jobs of one algorithm, first come first served. */
interface Line {
  readonly jobs: Job[];
  /** Runs in them: a batch holds several. */
  runs: number;
}

/** Jobs that wait for a process, in a line for each algorithm. */
export class WaitingJobs {
  /** Only lines that somebody stands in. */
  readonly #lines = new Map<Algorithm, Line>();

  /** Algorithms that somebody waits for. */
  get algorithms(): ReadonlyMap<Algorithm, Readonly<Line>> {
    return this.#lines;
  }

  get runs(): number {
    let sum = 0;
    for (const line of this.#lines.values()) sum += line.runs;
    return sum;
  }

  has(algorithm: Algorithm): boolean {
    return this.#lines.has(algorithm);
  }

  runsOf(algorithm: Algorithm): number {
    return this.#lines.get(algorithm)?.runs ?? 0;
  }

  add(job: Job): void {
    const line = this.#open(job.algorithm);
    line.jobs.push(job);
    line.runs += job.runs.length;
  }

  /** Puts a job back where it came from. */
  addFirst(job: Job): void {
    const line = this.#open(job.algorithm);
    line.jobs.unshift(job);
    line.runs += job.runs.length;
  }

  /** Takes the first of a line. */
  take(algorithm: Algorithm): Job | undefined {
    const line = this.#lines.get(algorithm);
    const job = line?.jobs.shift();
    if (!line || !job) return undefined;
    line.runs -= job.runs.length;
    if (line.jobs.length === 0) this.#lines.delete(algorithm);
    return job;
  }

  takeAll(): Run[] {
    const runs = [...this.#lines.values()].flatMap(({ jobs }) => jobs.flatMap((job) => job.runs));
    this.#lines.clear();
    return runs;
  }

  /** The last of a line, which a batch may still grow in. */
  last(algorithm: Algorithm): Job | undefined {
    return this.#lines.get(algorithm)?.jobs.at(-1);
  }

  /** Adds a run to a job that waits. */
  join(job: Job, run: Run): void {
    job.runs.push(run);
    this.#open(job.algorithm).runs += 1;
  }

  /** Takes a run out, and its job when it was the last one in it. */
  remove(run: Run): void {
    const line = this.#lines.get(run.algorithm);
    const job = line?.jobs.find((one) => one.runs.includes(run));
    if (!line || !job) return;
    job.runs.splice(job.runs.indexOf(run), 1);
    line.runs -= 1;
    if (job.runs.length === 0) line.jobs.splice(line.jobs.indexOf(job), 1);
    if (line.jobs.length === 0) this.#lines.delete(run.algorithm);
  }

  #open(algorithm: Algorithm): Line {
    let line = this.#lines.get(algorithm);
    if (line === undefined) {
      line = { jobs: [], runs: 0 };
      this.#lines.set(algorithm, line);
    }
    return line;
  }
}
