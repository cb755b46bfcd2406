import { randomUUID } from 'node:crypto';
import type { Dispatcher } from '../dispatch/index.js';
import { describeError } from '../errors/index.js';
import type {
  AlgorithmLimits,
  RunHooks,
  RunOutcome,
  RunRequest,
  Task,
  TaskError,
} from '../protocol/index.js';
import type { Delivery } from '../queue/index.js';
import type { AttemptEnd, TaskStore } from '../store/index.js';
import { traceRun, type Logger, type Tracer } from '../telemetry/index.js';
import type { ActiveRun, ActiveRuns } from './active-runs.js';
import type { ControllerMetrics } from './controller-metrics.js';
import type { ControllerSettings } from './controller-settings.js';
import { asInternalFailure, decideEnd, describeUnkeepable, type Settlement } from './decide-end.js';
import type { EventStream, EventWriter } from './event-writer.js';
import { describeExpiry } from './expiry-error.js';
import type { LaneBoard } from './lane-board.js';
import { isPermanent, type Persister } from './persister.js';

/** Pause before a task whose record could not be opened is delivered again. */
const REOPEN_DELAY_MS = 1_000;

export interface DeliveryRunnerOptions {
  store: TaskStore;
  dispatcher: Dispatcher;
  /** Store and queue write in one transaction what is asked of them in one turn of the event loop. */
  atomic: boolean;
  lanes: LaneBoard;
  runs: ActiveRuns;
  events: EventWriter;
  persister: Persister;
  settings: ControllerSettings;
  /** What author and owner say of an algorithm. */
  getLimits: (algorithm: string) => AlgorithmLimits;
  clock: () => number;
  random: () => number;
  logger: Logger;
  metrics: ControllerMetrics;
  tracer: Tracer | undefined;
  /** A task has come to its end. */
  onFinal: (task: Task) => void;
}

type DispatchOutcome = RunOutcome & { runner?: string };

/** A task under an attempt of this controller. */
interface OpenAttempt {
  delivery: Delivery;
  task: Task;
  token: string;
  events?: EventStream;
}

/** Brings one delivery from the queue to its end: start the attempt, run, settle, acknowledge. */
export class DeliveryRunner {
  readonly #options: DeliveryRunnerOptions;
  #closing = false;

  constructor(options: DeliveryRunnerOptions) {
    this.#options = options;
  }

  /** From here on deliveries are given back untouched. */
  stopStarting(): void {
    this.#closing = true;
  }

  /** Never rejects: what could not be settled is left to its lease. */
  async handle(delivery: Delivery): Promise<void> {
    const { lanes, logger } = this.#options;
    const { algorithm, id } = delivery.message;
    const openedFrom = performance.now();
    let reached = false;
    try {
      const attempt = await this.#open(delivery);
      if (!attempt) return;
      const running = this.#run(attempt);
      lanes.markRunning(algorithm, performance.now() - openedFrom);
      reached = true;
      await this.#settle(attempt, ...(await running));
    } catch (error) {
      logger.error(
        { err: error, task: id },
        `a task could not be settled and is left to its lease: ${describeError(error)}`,
      );
    } finally {
      if (reached) lanes.markDone(algorithm);
      else lanes.markSkipped(algorithm);
    }
  }

  /** Starts an attempt; undefined when there is nothing to run any more, and the delivery is done with. */
  async #open(delivery: Delivery): Promise<OpenAttempt | undefined> {
    if (this.#closing) return void (await delivery.release(0));
    const { clock, store } = this.#options;
    const { id } = delivery.message;
    const token = randomUUID();
    const { lostDeliveries, fresh } = delivery;
    const start = { token, startedAt: clock(), lostDeliveries, fresh };
    let task: Task | undefined;
    try {
      task = await store.startAttempt(id, start);
    } catch (error) {
      return void (await this.#giveBackUnopened(delivery, error));
    }
    if (!task) return void (await this.#persist(`acknowledging task ${id}`, () => delivery.ack()));
    const attempt = { delivery, task, token };
    const isOver = await this.#endBeforeStart(attempt, start.startedAt);
    return isOver ? undefined : attempt;
  }

  async #giveBackUnopened(delivery: Delivery, error: unknown): Promise<void> {
    const { id } = delivery.message;
    this.#options.logger.error(
      { err: error, task: id },
      `starting an attempt failed: ${describeError(error)}`,
    );
    await this.#persist(`giving back task ${id}`, () =>
      delivery.release(REOPEN_DELAY_MS, { unsettled: true }),
    );
  }

  /** Ends a task that must not run any more: too late, or lost too often. */
  async #endBeforeStart({ delivery, task, token }: OpenAttempt, now: number): Promise<boolean> {
    const { maxLostDeliveries } = this.#options.settings;
    const base = { token, endedAt: now };
    if (task.lostCount > maxLostDeliveries) {
      const message = `The controller or runner of the task vanished ${task.lostCount} times; at most ${maxLostDeliveries} are allowed.`;
      const error: TaskError = { class: 'crashed', code: 'attempt_lost', message };
      await this.#finish(task, delivery, { end: { ...base, outcome: 'dead', error } });
      return true;
    }
    const hasStartedBefore = task.attemptCount > 1 || task.lostCount > 0;
    if (task.deadline === undefined || task.deadline > now || hasStartedBefore) return false;
    await this.#expire(task, delivery, base);
    return true;
  }

  /** The attempt is forgotten first: a task that came too late was never tried. */
  async #expire(task: Task, delivery: Delivery, base: { token: string; endedAt: number }): Promise<void> {
    const { store, metrics, onFinal } = this.#options;
    const end: AttemptEnd = { ...base, outcome: 'released', availableAt: base.endedAt };
    await this.#writeInOrder(
      `expiring task ${task.id}`,
      () => store.endAttempt(task.id, end),
      () => store.expire(task.id, describeExpiry.deadline(), base.endedAt),
      () => delivery.ack(),
    );
    metrics.countAttempt(task.algorithm, 'expired');
    onFinal(task);
  }

  /** Hands the task to a runner. The dispatcher counts the place from this very turn on. */
  async #run(attempt: OpenAttempt): Promise<[ActiveRun, RunOutcome & { runner?: string }]> {
    const { dispatcher, runs, events, metrics, tracer } = this.#options;
    const { task } = attempt;
    const number = task.attempts.at(-1)?.number ?? 1;
    metrics.observeWait(task, number);
    const run = runs.start(task.id);
    try {
      const hooks: RunHooks = {
        signal: run.signal,
        onEvent: (event) => (attempt.events ??= events.open(task.id, number)).push(event),
      };
      const about = { name: 'process', kind: 'consumer' } as const;
      const request = this.#describeRequest(task, number);
      const outcome = await traceRun<DispatchOutcome>(tracer, about, request, (traced) =>
        dispatcher.run(traced, hooks),
      );
      return [run, outcome];
    } catch (error) {
      this.#options.logger.error(
        { err: error, task: task.id },
        `the dispatcher failed: ${describeError(error)}`,
      );
      return [run, asInternalFailure(describeError(error))];
    } finally {
      runs.end(run);
    }
  }

  #describeRequest(task: Task, attempt: number): RunRequest {
    const request: RunRequest = { id: task.id, algorithm: task.algorithm, args: task.payload, attempt };
    const timeoutMs = task.timeoutMs ?? this.#options.getLimits(task.algorithm).timeoutMs;
    if (timeoutMs !== undefined) request.timeoutMs = timeoutMs;
    if (task.depth !== undefined) request.depth = task.depth;
    if (task.traceparent !== undefined) request.traceparent = task.traceparent;
    return request;
  }

  async #settle(
    attempt: OpenAttempt,
    run: ActiveRun,
    outcome: RunOutcome & { runner?: string },
  ): Promise<void> {
    const { task, token, delivery } = attempt;
    const { lanes, settings, random, clock, getLimits, metrics } = this.#options;
    const tookMs = performance.now() - run.since;
    metrics.observeAttempt(task.algorithm, outcome.ok ? 'ok' : outcome.error.class, tookMs);
    lanes.markReturned(task.algorithm, outcome.ok ? outcome.durationMs : undefined);
    if (outcome.ok) lanes.relieve(task.algorithm);
    const settlement = decideEnd(outcome, {
      task,
      token,
      now: clock(),
      limits: getLimits(task.algorithm),
      settings,
      random,
      stop: run.stopReason,
      busyDelayMs: (askedMs) => lanes.pause(task.algorithm, askedMs),
    });
    // A follower that sees the end has seen every event before it.
    if (attempt.events) await attempt.events.finish();
    await this.#finish(task, delivery, settlement);
  }

  /** Writes the end of the attempt and what becomes of the message, and tells those who care. */
  async #finish(task: Task, delivery: Delivery, settlement: Settlement): Promise<void> {
    const { logger, metrics, onFinal } = this.#options;
    const { end, releaseAfterMs } = settlement;
    if (!(await this.#keep(task, delivery, settlement))) {
      metrics.countAttempt(task.algorithm, 'late');
      const about = { task: task.id, outcome: end.outcome };
      return logger.warn(about, 'a late outcome was dropped: the attempt is not the current one any more');
    }
    if (end.outcome === 'dead') {
      const about = { task: task.id, algorithm: task.algorithm, code: end.error.code };
      logger.warn(about, `a task is dead: ${end.error.message}`);
    }
    if (releaseAfterMs === undefined) onFinal(task);
  }

  /** False when the attempt was not the current one any more. */
  async #keep(task: Task, delivery: Delivery, { end, releaseAfterMs }: Settlement): Promise<boolean> {
    const { store } = this.#options;
    // A database that broke down may have forgotten the start of the attempt. Then the message starts the task again; when
    // the task has gone on without this attempt, whoever gets the message finds that, and drops it.
    const finishMessage = (isCurrent: boolean): Promise<boolean> =>
      isCurrent && releaseAfterMs === undefined ? delivery.ack() : delivery.release(releaseAfterMs ?? 0);
    const what = `settling task ${task.id}`;
    try {
      return await this.#settleBoth(what, () => store.endAttempt(task.id, end), finishMessage);
    } catch (error) {
      if (!isPermanent(error)) throw error;
      // The store cannot hold this very outcome and never will; the task must not stay `running` for that.
      const dead = describeUnkeepable(end, error);
      return this.#writeInOrder(
        what,
        () => store.endAttempt(task.id, dead),
        () => delivery.ack(),
      );
    }
  }

  /** In one transaction, which forgets nothing, where the store and the queue share one; otherwise the message comes last. */
  async #settleBoth(
    what: string,
    end: () => Promise<boolean>,
    finishMessage: (isCurrent: boolean) => Promise<unknown>,
  ): Promise<boolean> {
    if (this.#options.atomic) return this.#writeInOrder(what, end, () => finishMessage(true));
    const isCurrent = await this.#persist(what, end);
    await this.#persist(what, () => finishMessage(isCurrent));
    return isCurrent;
  }

  /** One transaction where the store and the queue share one; otherwise one after the other, the acknowledgement last. */
  async #writeInOrder<T>(
    what: string,
    first: () => Promise<T>,
    ...rest: (() => Promise<unknown>)[]
  ): Promise<T> {
    if (this.#options.atomic) {
      const [result] = await this.#persist(what, () => Promise.all([first(), ...rest.map((step) => step())]));
      return result;
    }
    const result = await this.#persist(what, first);
    for (const step of rest) await this.#persist(what, step);
    return result;
  }

  #persist<T>(what: string, action: () => Promise<T>): Promise<T> {
    return this.#options.persister.write(what, action);
  }
}
