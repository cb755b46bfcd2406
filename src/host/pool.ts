import type { LogLine, RunFailure } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import type { Algorithm } from './algorithm.js';
import type { ChildCall } from './answer.js';
import type { ChildExit } from './child-process.js';
import { createFailure } from './failures.js';
import { Fleet } from './fleet.js';
import type { Generation } from './generation.js';
import { Job } from './job.js';
import type { Pipe } from './pipe.js';
import type { PipeOwner } from './pipe-owner.js';
import type { PoolOptions, ProcessExit } from './project-host.js';
import type { Run } from './run.js';
import { Sweeper } from './sweeper.js';
import { WaitingJobs } from './waiting-jobs.js';

const MAX_RETRY_AFTER_MS = 30_000;

export interface PoolContext {
  options: Readonly<PoolOptions>;
  env: Record<string, string>;
  logger: Logger;
  clock: () => number;
  /** Answers a child's `ctx.call` with a line. */
  answerCall: (job: Job, call: ChildCall) => Promise<string>;
  /** Takes runs in once more, whose job cannot go on as it is. */
  resubmit: (runs: Run[]) => void;
  /** Capacity or health changed. */
  onChange: () => void;
  onExit: (exit: ProcessExit) => void;
  onIdleLine: (line: LogLine) => void;
}

/** Gives jobs to processes, and lets those wait for which there is none. */
export class Pool implements PipeOwner {
  readonly options: Readonly<PoolOptions>;
  readonly clock: () => number;
  readonly fleet: Fleet;
  readonly #context: PoolContext;
  readonly #sweeper: Sweeper;
  readonly waiting = new WaitingJobs();
  #lastJobId = 0;
  /** The first process has come up: before, one that did not is not followed by others. */
  #isOpen = false;
  #closed: RunFailure | undefined;

  constructor(generation: Generation, context: PoolContext) {
    this.#context = context;
    this.options = context.options;
    this.clock = context.clock;
    this.#sweeper = new Sweeper((now) => this.fleet.sweep(this, now));
    this.fleet = new Fleet(generation, {
      options: context.options,
      env: context.env,
      logger: context.logger,
      sweepBy: (time) => this.#sweeper.by(time),
      listener: {
        fleetGrew: (pipe) => {
          this.#fill(pipe);
          this.#grow();
        },
        fleetLost: () => this.#failWaiting(),
        fleetIdle: () => this.#grow(),
        fleetChanged: () => context.onChange(),
      },
    });
  }

  /** Starts the first process. @throws RunyardError why it did not come up */
  async open(): Promise<void> {
    await this.fleet.start(this, this.fleet.generation);
    this.#isOpen = true;
    this.fleet.watchMemory(this);
    this.fleet.keepMinimum(this);
  }

  get runningRuns(): number {
    return this.fleet.pipes.reduce((sum, pipe) => sum + pipe.inflight.runs, 0);
  }

  /** Requests the pool takes of an algorithm at the same time. */
  capacity(algorithm: Algorithm): number {
    const { generation } = this.fleet;
    const perProcess = generation.dialect.isMultiplexed
      ? Math.max(generation.concurrency, algorithm.depth)
      : 1;
    return (generation.dialect.isExclusive ? 1 : this.options.maxProcesses) * perProcess;
  }

  /** Sends a job, or lets it wait, or ends it as `busy`. */
  submit(job: Job): void {
    if (this.#closed) {
      job.fail(this.#closed, 0);
      return;
    }
    if (!this.waiting.has(job.algorithm)) {
      const now = performance.now();
      const pipe = this.#choose(job, now);
      if (pipe) {
        pipe.send(job, now);
        return;
      }
    }
    this.#enqueue(job);
  }

  /** Ends a run as soon as that can be: at once when it has not begun. */
  cancel(run: Run): void {
    const failure = createFailure('cancelled', 'The run was cancelled');
    for (const pipe of this.fleet.pipes) {
      const job = pipe.inflight.findRun(run);
      if (job === undefined) continue;
      // The only run of a job that has begun is settled when the child has stopped it.
      if (job.runs.length > 1 || job.startedAt === 0) run.fail(failure, 0);
      if (job.runs.length === 1 || job.isSettled) pipe.stop(job, 'cancelled', performance.now());
      return;
    }
    this.waiting.remove(run);
    run.fail(failure, 0);
  }

  /** Puts a generation live that has a process already; gives back the runs that were waiting. */
  switchTo(generation: Generation): Run[] {
    const runs = this.waiting.takeAll();
    this.fleet.switchTo(generation);
    return runs;
  }

  async close(failure: RunFailure): Promise<void> {
    this.#closed = failure;
    for (const run of this.waiting.takeAll()) run.fail(failure, 0);
    await this.fleet.close((pipe) => pipe.end(failure));
    this.#sweeper.close();
  }

  createJobId(): string {
    this.#lastJobId += 1;
    return String(this.#lastJobId);
  }

  sweepBy(time: number): void {
    this.#sweeper.by(time);
  }

  pipeReady(pipe: Pipe): void {
    this.fleet.pipeReady(pipe);
  }

  pipeChanged(pipe: Pipe): void {
    if (pipe.state === 'ready') {
      if (this.waiting.algorithms.size > 0) this.#fill(pipe);
      if (this.options.maxRequests > 0) this.fleet.review(this, pipe, performance.now());
    } else if (pipe.state === 'ending') this.#grow();
  }

  pipeCrashed(pipe: Pipe, reason: string): void {
    this.fleet.pipeCrashed(pipe, reason);
  }

  pipeGone(pipe: Pipe, exit: ChildExit, wasWanted: boolean): void {
    this.#context.onExit({ code: exit.code, signal: exit.signal, wasWanted });
    this.fleet.pipeGone(pipe);
  }

  jobAnswered(learned: boolean): void {
    this.fleet.answered();
    if (learned) this.#context.onChange();
  }

  moveOn(jobs: Job[]): void {
    for (const job of jobs.reverse()) {
      if (job.isSettled) continue;
      job.prepareMove();
      if (this.#closed) job.fail(this.#closed, 0);
      else if (this.fleet.isCrashLooping) job.fail(this.#createCrashLoop(), 0);
      else if (this.fleet.generation.algorithms.get(job.algorithm.name) !== job.algorithm) {
        this.#context.resubmit(job.runs);
      } else {
        this.waiting.addFirst(job);
      }
    }
    if (jobs.length > 0) this.#serve();
  }

  splitBatch(job: Job): void {
    this.moveOn(job.runs.map((run) => new Job([run], true)));
  }

  childCalls(pipe: Pipe, job: Job, call: ChildCall): void {
    void this.#context.answerCall(job, call).then((line) => pipe.answerCall(job, line));
    this.#grow();
  }

  childPrinted(pipe: Pipe, stream: LogLine['stream'], line: string): void {
    this.#context.logger.info({ child: pipe.pid, stream }, line);
    this.#context.onIdleLine({ time: this.clock(), stream, line });
  }

  childStrayed(pipe: Pipe): void {
    this.#context.logger.warn(
      { child: pipe.pid },
      'The process gave an answer that belongs to no request: dropped',
    );
  }

  runPrinted(runId: string, { stream, line }: LogLine): void {
    this.#context.logger.info({ run: runId, stream }, line);
  }

  /** The free pipe with the least to do; else one that takes a short job ahead of time. */
  #choose(job: Job, now: number): Pipe | undefined {
    // While others wait, a process that is busy is not kept busy by one algorithm.
    const mayGoAhead = this.waiting.algorithms.size === 0;
    let best: Pipe | undefined;
    let bestLoad = Infinity;
    for (const pipe of this.fleet.pipes) {
      const load = pipe.loadFor(job, mayGoAhead, now);
      if (load === undefined || load > bestLoad) continue;
      // Of two alike the one nobody else can use.
      if (load === bestLoad && pipe.reservedFor === undefined) continue;
      best = pipe;
      bestLoad = load;
    }
    return best;
  }

  #enqueue(job: Job): void {
    const { algorithm } = job;
    const { maxWaiting, maxProcesses } = this.options;
    if (this.fleet.isCrashLooping) {
      job.fail(this.#createCrashLoop(), 0);
      return;
    }
    const runs = this.waiting.runsOf(algorithm);
    if (runs >= maxWaiting) {
      const retryAfterMs = Math.min(
        MAX_RETRY_AFTER_MS,
        Math.max(100, (runs * algorithm.averageMs) / maxProcesses),
      );
      const message = `All processes are taken and ${runs} runs of ${algorithm.name} wait already`;
      job.fail(createFailure('busy', message, { retryAfterMs: Math.round(retryAfterMs) }), 0);
      return;
    }
    this.waiting.add(job);
    this.#grow();
  }

  /** Sends what waits wherever there is room. */
  #serve(): void {
    for (const pipe of this.fleet.pipes) if (pipe.state === 'ready') this.#fill(pipe);
    this.#grow();
  }

  #fill(pipe: Pipe): void {
    const now = performance.now();
    for (let algorithm = this.#next(pipe, now); algorithm; algorithm = this.#next(pipe, now)) {
      const job = this.waiting.take(algorithm);
      if (job) pipe.send(job, now);
    }
  }

  /** Whose turn it is in a pipe: the algorithm with the fewest running, then the one that has waited longest. */
  #next(pipe: Pipe, now: number): Algorithm | undefined {
    const mayGoAhead = this.waiting.algorithms.size === 1;
    let best: Algorithm | undefined;
    for (const [algorithm, line] of this.waiting.algorithms) {
      const [job] = line.jobs;
      if (!job || pipe.loadFor(job, mayGoAhead, now) === undefined) continue;
      if (!best || algorithm.running < best.running) best = algorithm;
    }
    return best;
  }

  /** Starts processes for those that wait. */
  #grow(): void {
    if (this.#closed || !this.#isOpen) return;
    let jobs = 0;
    let starving = 0;
    for (const [algorithm, line] of this.waiting.algorithms) {
      jobs += line.jobs.length;
      if (algorithm.running === 0) starving += 1;
      this.fleet.growFor(this, algorithm, jobs, starving);
    }
    this.fleet.keepMinimum(this);
  }

  #failWaiting(): void {
    for (const run of this.waiting.takeAll()) run.fail(this.#createCrashLoop(), 0);
  }

  #createCrashLoop(): RunFailure {
    const message = `The processes keep dying: ${this.fleet.lastError}`;
    return createFailure('crash_loop', message, { retryAfterMs: this.fleet.retryAfterMs });
  }
}
