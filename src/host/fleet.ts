import { RunyardError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';
import type { Algorithm } from './algorithm.js';
import type { Generation } from './generation.js';
import { Pipe } from './pipe.js';
import type { PipeOwner } from './pipe-owner.js';
import { readMemoryBytes } from './process-memory.js';
import type { PoolOptions } from './project-host.js';
import { Respawn } from './respawn.js';

const MEMORY_SAMPLE_MS = 1000;
/** What could not be done now is tried again after this time. */
const RETRY_MS = 1000;

/** What the pool does when the fleet changes. */
export interface FleetListener {
  /** A pipe of the current generation is ready. */
  fleetGrew(pipe: Pipe): void;
  /** There is no process, and none will be before a wait. */
  fleetLost(): void;
  /** The fleet may start processes again, or has lost one: is one needed? */
  fleetIdle(): void;
  fleetChanged(): void;
}

export interface FleetOptions {
  options: Readonly<PoolOptions>;
  env: Record<string, string>;
  logger: Logger;
  sweepBy: (time: number) => void;
  listener: FleetListener;
}

interface Start {
  resolve: () => void;
  reject: (error: RunyardError) => void;
}

/** The processes of a pool: starts, replaces and ends them. */
export class Fleet {
  pipes: readonly Pipe[] = [];
  starts = 0;
  crashes = 0;
  lastError: string | undefined;
  /** What new processes run. */
  #generation: Generation;
  readonly #context: FleetOptions;
  readonly #options: Readonly<PoolOptions>;
  readonly #respawn: Respawn;
  readonly #starts = new Map<Pipe, Start>();
  #respawnTimer: NodeJS.Timeout | undefined;
  #memoryTimer: NodeJS.Timeout | undefined;
  #gone: (() => void)[] = [];
  /** One process is kept: it goes when it has idled long enough, not when something kills it. */
  #isWarm = true;
  #isClosed = false;
  /** The place of the last process is taken already. */
  #isClearing = false;

  constructor(generation: Generation, context: FleetOptions) {
    this.#generation = generation;
    this.#context = context;
    this.#options = context.options;
    this.#respawn = new Respawn(context.options);
  }

  get generation(): Generation {
    return this.#generation;
  }

  /** Processes keep dying and none is left: a run is refused until one has come up. */
  get isCrashLooping(): boolean {
    return this.#respawn.isLooping && !this.pipes.some((pipe) => pipe.state === 'ready');
  }

  /** A process can answer now, or nothing has gone wrong that would keep one from starting on demand. */
  get canAnswer(): boolean {
    return this.#respawn.mayStartAt === 0 || this.pipes.some((pipe) => pipe.state === 'ready');
  }

  get retryAfterMs(): number {
    return Math.max(100, Math.ceil(this.#respawn.mayStartAt - performance.now()));
  }

  /** Starts a process of a generation and resolves when it is ready. @throws RunyardError why it did not come up */
  async start(owner: PipeOwner, generation: Generation): Promise<void> {
    if (generation.dialect.isExclusive) await this.#clear();
    const pipe = this.#launch(owner, { generation });
    this.#isClearing = false;
    await new Promise<void>((resolve, reject) => this.#starts.set(pipe, { resolve, reject }));
  }

  /** The generation new processes are of; those of the one before end after their last job. */
  switchTo(generation: Generation): void {
    this.#generation = generation;
    this.#respawn.reset();
    for (const pipe of this.pipes) if (pipe.generation !== generation) pipe.retire();
  }

  /**
   * Starts a process for an algorithm somebody waits for, when there is room for one.
   * @param jobs - that wait, up to this algorithm's
   * @param starving - algorithms that wait and have nothing running, up to this one: each of them gets its turn in one of
   * the processes that are starting, and only those beyond need one of their own
   */
  growFor(owner: PipeOwner, algorithm: Algorithm, jobs: number, starving: number): void {
    const live = this.pipes.filter((pipe) => this.#isUsable(pipe));
    const shared = live.filter((pipe) => pipe.reservedFor === undefined);
    const own = live.filter((pipe) => pipe.reservedFor === algorithm.name);
    const startingShared = countStarting(shared);
    if (startingShared + countStarting(own) >= jobs || !this.#mayStart()) return;
    // One that waits for an algorithm it called does nothing itself; counting it could leave no process for that one.
    const calling = shared.filter((pipe) => pipe.inflight.openCalls > 0).length;
    if (shared.length < this.#options.maxProcesses + calling) {
      this.#launch(owner, { generation: this.#generation });
      return;
    }
    if (algorithm.running > 0 || own.length > 0 || startingShared >= starving) return;
    this.#launch(owner, { generation: this.#generation, reservedFor: algorithm.name });
  }

  /** Starts what the minimum asks for, and one process in the place of a last one that died. */
  keepMinimum(owner: PipeOwner): void {
    const live = this.pipes.filter((pipe) => this.#isUsable(pipe) && pipe.reservedFor === undefined);
    const wanted = Math.max(this.#options.minProcesses, this.#isWarm ? 1 : 0);
    for (let count = live.length; count < wanted && this.#mayStart(); count += 1) {
      this.#launch(owner, { generation: this.#generation });
    }
  }

  pipeReady(pipe: Pipe): void {
    if (pipe.generation === this.#generation) this.#respawn.cameUp();
    if (this.#options.maxLifetimeMs > 0) this.#context.sweepBy(pipe.startedAt + this.#options.maxLifetimeMs);
    pipe.replaces?.retire();
    const start = this.#starts.get(pipe);
    this.#starts.delete(pipe);
    start?.resolve();
    if (pipe.generation === this.#generation) this.#context.listener.fleetGrew(pipe);
    else if (start === undefined) pipe.retire();
    this.#context.listener.fleetChanged();
  }

  pipeCrashed(pipe: Pipe, reason: string): void {
    // Whoever asked for this very start is told, and it says nothing about the code that is live.
    if (this.#starts.has(pipe)) return;
    this.crashes += 1;
    this.lastError = reason;
    this.#context.logger.warn({ child: pipe.pid }, reason);
    if (pipe.generation !== this.#generation) return;
    this.#respawn.crashed(performance.now());
    if (this.isCrashLooping) this.#context.listener.fleetLost();
    this.#context.listener.fleetChanged();
  }

  pipeGone(pipe: Pipe): void {
    this.pipes = this.pipes.filter((one) => one !== pipe);
    if (pipe.replaces) pipe.replaces.isBeingReplaced = false;
    const start = this.#starts.get(pipe);
    this.#starts.delete(pipe);
    start?.reject(
      pipe.startError ?? new RunyardError('draining', 'The host was closed before the process was ready'),
    );
    if (this.pipes.length === 0) for (const resolve of this.#gone.splice(0)) resolve();
    if (!this.#isClosed) this.#context.listener.fleetIdle();
    this.#context.listener.fleetChanged();
  }

  /** A child gave a good answer. */
  answered(): void {
    this.#respawn.reset();
  }

  /** Replaces or ends a pipe that has served enough. */
  review(owner: PipeOwner, pipe: Pipe, now: number): void {
    const { maxRequests, maxLifetimeMs } = this.#options;
    const isWorn =
      (maxRequests > 0 && pipe.requests >= maxRequests) ||
      (maxLifetimeMs > 0 && now - pipe.startedAt >= maxLifetimeMs);
    if (isWorn) this.#replace(owner, pipe);
  }

  /** Does what is due for every pipe and returns when something is due next. */
  sweep(owner: PipeOwner, now: number): number {
    let next = Infinity;
    for (const pipe of this.pipes) {
      next = Math.min(next, pipe.sweep(now));
      if (pipe.state === 'ready')
        next = Math.min(next, this.#sweepAge(owner, pipe, now), this.#sweepIdle(pipe, now));
    }
    return next;
  }

  /** Looks at the memory of the processes from time to time, when there is a limit to it. */
  watchMemory(owner: PipeOwner): void {
    if (this.#options.maxMemoryBytes === 0) return;
    this.#memoryTimer = setInterval(() => {
      for (const pipe of this.pipes) void this.#weigh(owner, pipe);
    }, MEMORY_SAMPLE_MS);
  }

  async close(endPipe: (pipe: Pipe) => void): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#respawnTimer);
    clearInterval(this.#memoryTimer);
    for (const pipe of this.pipes) endPipe(pipe);
    await this.#waitUntilGone();
  }

  /** Makes room for a process that can only run alone. */
  async #clear(): Promise<void> {
    this.#isClearing = true;
    for (const pipe of this.pipes) pipe.retire();
    await this.#waitUntilGone();
  }

  async #waitUntilGone(): Promise<void> {
    if (this.pipes.length > 0) await new Promise<void>((resolve) => this.#gone.push(resolve));
  }

  #launch(
    owner: PipeOwner,
    options: { generation: Generation; reservedFor?: string; replaces?: Pipe },
  ): Pipe {
    const pipe = new Pipe(owner, { ...options, env: this.#context.env });
    this.pipes = [...this.pipes, pipe];
    this.#isWarm = true;
    this.starts += 1;
    return pipe;
  }

  #isUsable(pipe: Pipe): boolean {
    return pipe.generation === this.#generation && (pipe.state === 'ready' || pipe.state === 'starting');
  }

  #sweepAge(owner: PipeOwner, pipe: Pipe, now: number): number {
    const { maxLifetimeMs } = this.#options;
    if (maxLifetimeMs === 0 || pipe.isBeingReplaced) return Infinity;
    if (now < pipe.startedAt + maxLifetimeMs) return pipe.startedAt + maxLifetimeMs;
    this.review(owner, pipe, now);
    return now + RETRY_MS;
  }

  #sweepIdle(pipe: Pipe, now: number): number {
    const idleAt = pipe.idleSince + this.#options.idleTimeoutMs;
    if (now < idleAt) return idleAt;
    if (!this.#isSpare(pipe)) return now + Math.max(RETRY_MS, this.#options.idleTimeoutMs);
    if (this.pipes.filter((one) => this.#isUsable(one)).length === 1) this.#isWarm = false;
    pipe.retire();
    return Infinity;
  }

  #isSpare(pipe: Pipe): boolean {
    if (pipe.reservedFor !== undefined) return true;
    const shared = this.pipes.filter((one) => one.state === 'ready' && one.reservedFor === undefined);
    return shared.length > this.#options.minProcesses;
  }

  /** False while the wait after a crash lasts; asks again when it is over. */
  #mayStart(): boolean {
    if (this.#isClosed || this.#isClearing) return false;
    if (this.#generation.dialect.isExclusive && this.pipes.length > 0) return false;
    const waitMs = this.#respawn.mayStartAt - performance.now();
    if (waitMs <= 0) return true;
    this.#respawnTimer ??= setTimeout(() => {
      this.#respawnTimer = undefined;
      this.#context.listener.fleetIdle();
    }, waitMs + 1);
    return false;
  }

  #replace(owner: PipeOwner, pipe: Pipe): void {
    if (pipe.isBeingReplaced || pipe.state !== 'ready' || pipe.generation !== this.#generation) return;
    if (pipe.generation.dialect.isExclusive) {
      pipe.retire();
      return;
    }
    if (!this.#mayStart()) return;
    pipe.isBeingReplaced = true;
    const { generation, reservedFor } = pipe;
    this.#launch(owner, { generation, replaces: pipe, ...(reservedFor !== undefined && { reservedFor }) });
  }

  async #weigh(owner: PipeOwner, pipe: Pipe): Promise<void> {
    if (pipe.pid === undefined || pipe.state !== 'ready' || pipe.isBeingReplaced) return;
    const bytes = await readMemoryBytes(pipe.pid);
    if (bytes !== undefined && bytes > this.#options.maxMemoryBytes && !this.#isClosed)
      this.#replace(owner, pipe);
  }
}

function countStarting(pipes: readonly Pipe[]): number {
  return pipes.filter((pipe) => pipe.state === 'starting').length;
}
