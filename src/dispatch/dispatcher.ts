import type { Clock, RunnerDirectory } from '../discovery/index.js';
import { describeError, type ErrorCode } from '../errors/index.js';
import type { RunFailed, RunHooks, RunnerEntry, RunOutcome, RunRequest } from '../protocol/index.js';
import { silentLogger, traceRun, type Logger, type Metrics, type Tracer } from '../telemetry/index.js';
import { choosePlace } from './choose-place.js';
import type { BreakerOptions } from './circuit-breaker.js';
import { createFailure, failed, isBusy } from './outcomes.js';
import type { Place } from './place.js';
import { RunnerBoard } from './runner-board.js';
import type { Dispatcher, RunnerTransport } from './runner-transport.js';

export interface DispatcherOptions {
  directory: RunnerDirectory;
  transport: RunnerTransport;
  logger?: Logger;
  metrics?: Metrics;
  tracer?: Tracer | undefined;
  /** @default the system's */
  clock?: Clock;
  /** 0 to below 1. @default Math.random */
  random?: () => number;
  breaker?: BreakerOptions;
}

type DispatchOutcome = RunOutcome & { runner?: string };

/** How long a runner that turned work away without saying for how long is left alone. */
const DEFAULT_PAUSE_MS = 1_000;

/** Nobody is told to come back sooner. */
const LEAST_WAIT_MS = 10;

/** Ends that show the runner, not the run, to be at fault. */
const RUNNER_FAULTS: ReadonlySet<ErrorCode> = new Set([
  'runner_unreachable',
  'connection_lost',
  'crash_loop',
]);

const NONE: readonly Place[] = [];

/** Sends runs to runners. The directory and the transport are the caller's: closing the dispatcher leaves them open. */
export function createDispatcher(options: DispatcherOptions): Dispatcher & { close(): Promise<void> } {
  return new BalancingDispatcher(options);
}

class BalancingDispatcher implements Dispatcher {
  readonly #transport: RunnerTransport;
  readonly #directory: RunnerDirectory;
  readonly #logger: Logger;
  readonly #tracer: Tracer | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #board: RunnerBoard;
  readonly #listeners = new Set<(algorithm: string) => void>();

  constructor(options: DispatcherOptions) {
    this.#transport = options.transport;
    this.#directory = options.directory;
    this.#logger = options.logger ?? silentLogger;
    this.#tracer = options.tracer;
    this.#clock = options.clock ?? (() => Date.now());
    this.#random = options.random ?? Math.random;
    this.#board = new RunnerBoard({
      directory: options.directory,
      breaker: options.breaker ?? {},
      clock: this.#clock,
      ...(options.metrics && { metrics: options.metrics }),
      onRoom: (algorithm) => {
        for (const listener of this.#listeners) listener(algorithm);
      },
    });
  }

  /** The place is taken before this returns, so that `freeCapacity` counts it at once. */
  async run(request: RunRequest, hooks?: RunHooks): Promise<DispatchOutcome> {
    if (hooks?.signal?.aborted === true) return cancelledBefore();
    const place = this.#choose(request.algorithm, NONE);
    if (!place) return this.#explainNoPlace(request.algorithm);
    const outcome = await this.#runAt(place, request, hooks);
    return isBusy(outcome) ? this.#runElsewhere(request, hooks, place, outcome) : outcome;
  }

  freeCapacity(algorithm: string): number | undefined {
    return this.#board.freeCapacity(algorithm);
  }

  onCapacity(listener: (algorithm: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#board.close();
  }

  #choose(algorithm: string, tried: readonly Place[]): Place | undefined {
    const places = this.#board.places(algorithm);
    return places && choosePlace(places, this.#random, tried);
  }

  /** Every other candidate gets it once; when none takes it, the shortest wait among them is the answer. */
  async #runElsewhere(
    request: RunRequest,
    hooks: RunHooks | undefined,
    first: Place,
    refusal: RunFailed,
  ): Promise<DispatchOutcome> {
    const tried = [first];
    let nearest = refusal;
    while (hooks?.signal?.aborted !== true) {
      const place = this.#choose(request.algorithm, tried);
      if (!place) return nearest;
      tried.push(place);
      const outcome = await this.#runAt(place, request, hooks);
      if (!isBusy(outcome)) return outcome;
      if (waitOf(outcome) < waitOf(nearest)) nearest = outcome;
    }
    return cancelledBefore();
  }

  async #runAt(place: Place, request: RunRequest, hooks: RunHooks | undefined): Promise<DispatchOutcome> {
    const isTrial = this.#board.enter(place);
    let outcome: RunOutcome | undefined;
    try {
      outcome = await this.#send(place.runner.entry, request, hooks);
    } catch (error) {
      // Transports promise not to reject; one that does must not cost a place for ever.
      this.#logger.error({ err: error, runner: place.runner.id }, 'a transport rejected');
      outcome = failed(createFailure('internal', describeError(error)));
    }
    this.#settle(place, outcome, isTrial);
    return isBusy(outcome) ? outcome : { ...outcome, runner: place.runner.id };
  }

  #send(runner: RunnerEntry, request: RunRequest, hooks: RunHooks | undefined): Promise<RunOutcome> {
    if (!this.#tracer) return this.#transport.run(runner, request, hooks);
    const attributes = { 'runyard.runner.id': runner.id, 'server.address': runner.host };
    const about = { name: 'run', kind: 'client', attributes } as const;
    return traceRun(this.#tracer, about, request, (traced) => this.#transport.run(runner, traced, hooks));
  }

  #settle(place: Place, outcome: RunOutcome, isTrial: boolean): void {
    const { breaker } = place.runner;
    if (outcome.ok) breaker.succeed(isTrial);
    else if (RUNNER_FAULTS.has(outcome.error.code)) breaker.fail(isTrial);
    else if (outcome.error.class === 'cancelled') breaker.abandon(isTrial);
    else breaker.succeed(isTrial);
    if (!isBusy(outcome)) this.#board.resume(place);
    else if (outcome.error.code !== 'runner_unreachable')
      this.#board.pause(place, outcome.error.retryAfterMs ?? DEFAULT_PAUSE_MS);
    this.#board.leave(place);
  }

  #explainNoPlace(algorithm: string): RunFailed {
    const places = this.#board.places(algorithm);
    if (!places) return failed(createFailure('no_runner', this.#describeAbsence(algorithm)));
    const now = this.#clock();
    let retryAfterMs = Infinity;
    let isAnswering = false;
    for (const { runner, pausedUntil } of places) {
      const isBroken = runner.breaker.state !== 'closed';
      if (!isBroken) isAnswering = true;
      const pauseMs = isBroken
        ? runner.breaker.waitMs
        : pausedUntil === 0
          ? DEFAULT_PAUSE_MS
          : pausedUntil - now;
      retryAfterMs = Math.min(retryAfterMs, Math.max(pauseMs, LEAST_WAIT_MS));
    }
    return failed(
      isAnswering
        ? createFailure('busy', `every runner of '${algorithm}' is busy`, { retryAfterMs })
        : createFailure('runner_unreachable', `no runner of '${algorithm}' answers`, { retryAfterMs }),
    );
  }

  #describeAbsence(algorithm: string): string {
    const known = this.#directory.find(algorithm).length;
    return known === 0
      ? `no runner offers '${algorithm}'; start one, or check the name`
      : `none of the ${known} runners of '${algorithm}' takes work: they drain or do not answer`;
  }
}

function cancelledBefore(): RunFailed {
  return failed(createFailure('cancelled', 'the run was cancelled before a runner took it'));
}

function waitOf({ error }: RunFailed): number {
  return error.retryAfterMs ?? Infinity;
}
