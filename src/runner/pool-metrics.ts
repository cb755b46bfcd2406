import type { ProjectHost } from '../host/index.js';
import type { Metrics } from '../telemetry/index.js';

/** How old the figures may be that others scrape from the same metrics. */
const REFRESH_MS = 2_000;

/** Keeps the figures of one project's pool up to date. */
export class PoolMetrics {
  readonly #host: ProjectHost;
  readonly #metrics: Metrics;
  readonly #labels: { project: string };
  readonly #timer: NodeJS.Timeout;
  /** Algorithms whose capacity is told. */
  #algorithms = new Set<string>();
  #crashes = 0;

  constructor(host: ProjectHost, metrics: Metrics, project: string) {
    this.#host = host;
    this.#metrics = metrics;
    this.#labels = { project };
    this.#timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.#timer.unref();
    this.refresh();
  }

  refresh(): void {
    const { processes, running, waiting, crashes } = this.#host.health();
    const { poolProcesses, poolRunning, poolWaiting, poolCrashes } = this.#metrics;
    poolProcesses.set(this.#labels, processes);
    poolRunning.set(this.#labels, running);
    poolWaiting.set(this.#labels, waiting);
    poolCrashes.inc(this.#labels, crashes - this.#crashes);
    this.#crashes = crashes;
    this.#tellCapacities(new Set(this.#host.algorithms.map(({ name }) => name)));
  }

  close(): void {
    clearInterval(this.#timer);
    const { poolProcesses, poolRunning, poolWaiting, poolCrashes } = this.#metrics;
    for (const metric of [poolProcesses, poolRunning, poolWaiting, poolCrashes]) metric.remove(this.#labels);
    this.#tellCapacities(new Set());
  }

  /** Of the algorithms the project has now: another version may have others. */
  #tellCapacities(algorithms: Set<string>): void {
    const { poolCapacity } = this.#metrics;
    for (const algorithm of this.#algorithms)
      if (!algorithms.has(algorithm)) poolCapacity.remove({ ...this.#labels, algorithm });
    for (const algorithm of algorithms)
      poolCapacity.set({ ...this.#labels, algorithm }, this.#host.capacity(algorithm));
    this.#algorithms = algorithms;
  }
}
