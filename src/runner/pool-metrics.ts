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
    poolCrashes.set(this.#labels, crashes);
  }

  close(): void {
    clearInterval(this.#timer);
    const { poolProcesses, poolRunning, poolWaiting, poolCrashes } = this.#metrics;
    for (const gauge of [poolProcesses, poolRunning, poolWaiting, poolCrashes]) gauge.remove(this.#labels);
  }
}
