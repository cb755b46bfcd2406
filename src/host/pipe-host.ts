import { describeError, RunyardError } from '../errors/index.js';
import type { DescribedProject, LaunchCommand } from '../langpack/index.js';
import type {
  AlgorithmLimits,
  Descriptor,
  FieldError,
  LogLine,
  RunFailure,
  RunHooks,
  RunOutcome,
  RunRequest,
} from '../protocol/index.js';
import { traceRun, type Logger, type Tracer } from '../telemetry/index.js';
import { suggest } from '../validation/index.js';
import type { Algorithm } from './algorithm.js';
import type { ChildCall } from './answer.js';
import { Batcher } from './batcher.js';
import { answerChildCall } from './calls.js';
import type { Dialect } from './dialect.js';
import { createFailure, createInputFailure, toFailure } from './failures.js';
import { Generation } from './generation.js';
import { Job } from './job.js';
import { Pool } from './pool.js';
import type { CallAlgorithm, HostHealth, PoolOptions, ProcessExit, ProjectHost } from './project-host.js';
import { Run, type RunOwner } from './run.js';

export interface PipeHostOptions {
  pool: Readonly<PoolOptions>;
  /** For code that speaks another version than the code before. */
  openDialect: (launch: LaunchCommand) => Promise<Dialect>;
  env: Record<string, string>;
  call: CallAlgorithm | undefined;
  overrides: Readonly<Record<string, AlgorithmLimits>>;
  callDepth: number;
  logger: Logger;
  tracer: Tracer | undefined;
  clock: () => number;
  onExit: (exit: ProcessExit) => void;
  onIdleLine: (line: LogLine) => void;
}

const NO_HOOKS: RunHooks = {};
/** Capacity changes come in swarms, and every one would be announced to discovery. */
const NOTIFY_AFTER_MS = 50;

/** A project's algorithms behind a pool of child processes. */
export class PipeHost implements ProjectHost, RunOwner {
  readonly maxLogLines: number;
  readonly maxResultLength: number;
  readonly #options: PipeHostOptions;
  readonly #pool: Pool;
  readonly #batchers = new Map<Algorithm, Batcher>();
  readonly #dialects: Set<Dialect>;
  readonly #listeners = new Set<() => void>();
  #notifyTimer: NodeJS.Timeout | undefined;
  /** Accepted and not ended. */
  #open = 0;
  #drained: (() => void)[] = [];
  #isDraining = false;
  #closing: Promise<void> | undefined;
  #replacing: Promise<void> = Promise.resolve();

  constructor(generation: Generation, options: PipeHostOptions) {
    this.#options = options;
    this.#dialects = new Set([generation.dialect]);
    this.maxLogLines = options.pool.maxLogLines;
    this.maxResultLength = options.pool.maxAnswerBytes;
    this.#pool = new Pool(generation, {
      options: options.pool,
      env: options.env,
      logger: options.logger,
      clock: options.clock,
      answerCall: (job, call) => this.#answerCall(job, call),
      resubmit: (runs) => this.#resubmit(runs),
      onChange: () => this.#notify(),
      onExit: options.onExit,
      onIdleLine: options.onIdleLine,
    });
  }

  get algorithms(): readonly Descriptor[] {
    return this.#pool.fleet.generation.descriptors;
  }

  async open(): Promise<void> {
    await this.#pool.open();
  }

  run(request: RunRequest, hooks: RunHooks = NO_HOOKS): Promise<RunOutcome> {
    const about = { name: 'pipe', kind: 'internal' } as const;
    return traceRun(this.#options.tracer, about, request, (traced) => this.#run(traced, hooks));
  }

  #run(request: RunRequest, hooks: RunHooks): Promise<RunOutcome> {
    const algorithm = this.#pool.fleet.generation.algorithms.get(request.algorithm);
    if (algorithm === undefined || this.#isDraining) return refuse(this.#explainRefusal(request.algorithm));
    if (hooks.signal?.aborted)
      return refuse(createFailure('cancelled', 'The run was cancelled before it began'));
    if ((request.depth ?? 0) > this.#options.callDepth) return refuse(this.#explainDepth(request));
    const argsJson = encodeArguments(algorithm, request.args, hooks.argsJson);
    if (typeof argsJson !== 'string') return refuse(argsJson);
    const timeoutMs = request.timeoutMs ?? algorithm.limits.timeoutMs ?? this.#options.pool.defaultTimeoutMs;
    return new Promise((resolve) => {
      this.#open += 1;
      this.#accept(new Run(this, algorithm, request, argsJson, timeoutMs, hooks, resolve));
    });
  }

  capacity(name: string): number {
    const algorithm = this.#pool.fleet.generation.algorithms.get(name);
    return algorithm ? this.#pool.capacity(algorithm) : 0;
  }

  health(): HostHealth {
    const { fleet } = this.#pool;
    return {
      state: this.#getState(),
      processes: fleet.pipes.length,
      running: this.#pool.runningRuns,
      waiting: this.#pool.waiting.runs + [...this.#batchers.values()].reduce((sum, one) => sum + one.size, 0),
      starts: fleet.starts,
      crashes: fleet.crashes,
      ...(fleet.lastError !== undefined && { lastError: fleet.lastError }),
    };
  }

  async replace(described: DescribedProject): Promise<void> {
    const turn = this.#replacing.then(() => this.#replace(described));
    // A replacement that failed says so to its own caller, not to the next one's.
    this.#replacing = turn.catch(() => undefined);
    await turn;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async drain(signal?: AbortSignal): Promise<void> {
    this.#isDraining = true;
    if (this.#open === 0 || signal?.aborted) return;
    await new Promise<void>((resolve) => {
      this.#drained.push(resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  runCancelled(run: Run): void {
    if (run.settled) return;
    if (this.#batchers.get(run.algorithm)?.remove(run) !== true) this.#pool.cancel(run);
    else run.fail(createFailure('cancelled', 'The run was cancelled before it began'), 0);
  }

  runSettled(): void {
    this.#open -= 1;
    if (this.#open === 0 && this.#isDraining) for (const resolve of this.#drained.splice(0)) resolve();
  }

  listenerFailed(run: Run, error: unknown): void {
    this.#options.logger.warn({ run: run.request.id, err: error }, 'A listener to a run threw');
  }

  #accept(run: Run): void {
    if (run.algorithm.descriptor.mode === 'batch') this.#collect(run);
    else this.#pool.submit(new Job([run], false));
  }

  #collect(run: Run): void {
    const { algorithm } = run;
    let batcher = this.#batchers.get(algorithm);
    if (batcher === undefined) {
      batcher = new Batcher(algorithm, this.#pool.waiting, (job) => this.#pool.submit(job));
      this.#batchers.set(algorithm, batcher);
    }
    batcher.add(run);
  }

  /** Runs whose project was replaced while they waited: they may not fit the new one. */
  #resubmit(runs: Run[]): void {
    for (const run of runs) {
      if (run.settled) continue;
      const algorithm = this.#pool.fleet.generation.algorithms.get(run.request.algorithm);
      const errors = algorithm?.validate(run.request.args);
      if (algorithm === undefined) run.fail(this.#explainRefusal(run.request.algorithm), 0);
      else if (errors) run.fail(createInputFailure(errors), 0);
      else {
        run.algorithm = algorithm;
        this.#accept(run);
      }
    }
  }

  async #replace(described: DescribedProject): Promise<void> {
    if (this.#isDraining) throw new RunyardError('draining', 'The host is draining and takes no new code');
    const dialect = await this.#getDialect(described);
    const generation = new Generation(described, this.#options.overrides, dialect);
    await this.#pool.fleet.start(this.#pool, generation);
    const runs = this.#pool.switchTo(generation);
    for (const batcher of this.#batchers.values()) runs.push(...batcher.takeAll());
    this.#batchers.clear();
    this.#resubmit(runs);
    this.#notify();
  }

  /** New code mostly speaks as the old one did. */
  async #getDialect({ launch }: DescribedProject): Promise<Dialect> {
    const { dialect, launch: before } = this.#pool.fleet.generation;
    if (launch.protocol === before.protocol) return dialect;
    const other = await this.#options.openDialect(launch);
    this.#dialects.add(other);
    return other;
  }

  async #close(): Promise<void> {
    this.#isDraining = true;
    const failure = createFailure('draining', 'The host was closed before the run had ended');
    for (const batcher of this.#batchers.values()) for (const run of batcher.takeAll()) run.fail(failure, 0);
    await this.#pool.close(failure);
    await Promise.all([...this.#dialects].map((dialect) => dialect.close()));
    clearTimeout(this.#notifyTimer);
    this.#listeners.clear();
  }

  async #answerCall(job: Job, call: ChildCall): Promise<string> {
    return answerChildCall(call, {
      call: this.#options.call,
      maxDepth: this.#options.callDepth,
      depth: job.depth,
      signal: job.callSignal,
      traceparent: job.runs[0]?.request.traceparent,
    });
  }

  #getState(): HostHealth['state'] {
    const { fleet } = this.#pool;
    if (this.#closing) return 'stopped';
    if (fleet.isCrashLooping) return 'crash_loop';
    return fleet.canAnswer ? 'ready' : 'starting';
  }

  #explainRefusal(name: string): RunFailure {
    if (this.#isDraining) return createFailure('draining', 'The host is draining and takes no new runs');
    const known = [...this.#pool.fleet.generation.algorithms.keys()];
    const list = known.length > 0 ? `there are: ${known.join(', ')}` : 'there are none';
    return createFailure(
      'unknown_algorithm',
      `There is no algorithm "${name}" here${suggest(name, known)}; ${list}`,
    );
  }

  #explainDepth(request: RunRequest): RunFailure {
    const limit = this.#options.callDepth;
    return createFailure(
      'too_deep',
      `${request.algorithm} was called ${request.depth} deep; the limit is ${limit}`,
    );
  }

  #notify(): void {
    if (this.#listeners.size === 0 || this.#closing) return;
    this.#notifyTimer ??= setTimeout(() => {
      this.#notifyTimer = undefined;
      for (const listener of this.#listeners) listener();
    }, NOTIFY_AFTER_MS);
  }
}

/** The arguments as JSON text, checked; or why they are refused. */
function encodeArguments(algorithm: Algorithm, args: unknown, argsJson?: string): string | RunFailure {
  let errors: FieldError[] | undefined;
  try {
    errors = algorithm.validate(args);
  } catch (error) {
    return toFailure(error);
  }
  if (errors) return createInputFailure(errors);
  if (argsJson !== undefined) return argsJson;
  try {
    return JSON.stringify(args);
  } catch (error) {
    return createFailure('invalid_input', `The arguments cannot be written as JSON: ${describeError(error)}`);
  }
}

function refuse(error: RunFailure): Promise<RunOutcome> {
  return Promise.resolve({ ok: false, error, logs: [], durationMs: 0 });
}
