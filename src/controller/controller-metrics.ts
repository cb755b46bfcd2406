import type { Task } from '../protocol/index.js';
import type { Metrics } from '../telemetry/index.js';

interface AlgorithmMetrics {
  attempts: Map<string, { inc(): void }>;
  waitSeconds: { observe(seconds: number): void } | undefined;
  attemptSeconds: { observe(seconds: number): void } | undefined;
}

/** The controller's metrics with the labels of each algorithm looked up once. */
export class ControllerMetrics {
  readonly #metrics: Metrics | undefined;
  readonly #inFlight: { set(value: number): void } | undefined;
  readonly #algorithms = new Map<string, AlgorithmMetrics>();

  constructor(metrics: Metrics | undefined) {
    this.#metrics = metrics;
    this.#inFlight = metrics?.controllerTasks.labels({ state: 'in_flight' });
  }

  /** How many tasks the controller holds now. */
  tellInFlight(count: number): void {
    this.#inFlight?.set(count);
  }

  /** @param outcome `ok`, a failure class, or `late` for an outcome that was dropped */
  countAttempt(algorithm: string, outcome: string): void {
    if (!this.#metrics) return;
    const { attempts } = this.#of(algorithm);
    let counter = attempts.get(outcome);
    if (!counter) {
      counter = this.#metrics.attempts.labels({ algorithm, outcome });
      attempts.set(outcome, counter);
    }
    counter.inc();
  }

  /** An attempt that was handed to the dispatcher has ended. @param outcome as in `countAttempt` */
  observeAttempt(algorithm: string, outcome: string, durationMs: number): void {
    this.countAttempt(algorithm, outcome);
    if (this.#metrics) this.#of(algorithm).attemptSeconds?.observe(durationMs / 1000);
  }

  /** From accepted (or due) to taken up; only of first tries. */
  observeWait(task: Task, attempt: number): void {
    if (!this.#metrics || attempt > 1) return;
    const { startedAt = task.updatedAt, createdAt, runAt = 0 } = task;
    this.#of(task.algorithm).waitSeconds?.observe(Math.max(0, startedAt - Math.max(createdAt, runAt)) / 1000);
  }

  #of(algorithm: string): AlgorithmMetrics {
    let known = this.#algorithms.get(algorithm);
    if (!known) {
      known = {
        attempts: new Map(),
        waitSeconds: this.#metrics?.waitSeconds.labels({ algorithm }),
        attemptSeconds: this.#metrics?.attemptSeconds.labels({ algorithm }),
      };
      this.#algorithms.set(algorithm, known);
    }
    return known;
  }
}
