import Fastify, { type FastifyInstance } from 'fastify';
import { addLiveRoute, addMetricsRoute, checkPart, handleProblems } from '../http/index.js';
import type { TaskQueue } from '../queue/index.js';
import type { TaskStore } from '../store/index.js';
import { BacklogMetrics } from '../tasks/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { Controller } from './controller.js';

export interface ControllerServerOptions {
  metrics: Metrics;
  logger: Logger;
  version: string;
}

/** A controller with what it works on. */
export interface WatchedController {
  controller: Pick<Controller, 'health'>;
  queue: Pick<TaskQueue, 'check' | 'depths'>;
  store: Pick<TaskStore, 'get' | 'counts' | 'oldestWaiting'>;
}

/** Answer of `GET /health`. */
export interface ControllerHealthView {
  /**
   * - `ok`: it takes tasks.
   * - `starting`: it waits for queue and store.
   * - `unavailable`: one of them does not answer.
   * - `draining`: it finishes what it has, or is closed.
   */
  status: 'ok' | 'starting' | 'unavailable' | 'draining';
  version: string;
  /** `ok`, or what is wrong with a part. */
  checks?: { queue: string; store: string };
  controller?: string;
  /** Runs with a runner. */
  running?: number;
  /** Tasks claimed, running or being settled. */
  inFlight?: number;
}

/** `/health`, `/live` and `/metrics` of a controller in a process of its own; it listens before queue and store are there. */
export class ControllerServer {
  readonly fastify: FastifyInstance;
  readonly #options: ControllerServerOptions;
  #watched: WatchedController | undefined;
  #backlog: BacklogMetrics | undefined;

  constructor(options: ControllerServerOptions) {
    const { metrics, logger } = options;
    this.#options = options;
    this.fastify = Fastify({ logger: false, forceCloseConnections: true });
    handleProblems(this.fastify, logger);
    addLiveRoute(this.fastify);
    addMetricsRoute(this.fastify, metrics, () => this.#refresh());
    this.fastify.get('/health', async (_request, reply) => {
      const health = await this.#health();
      return reply
        .code(health.status === 'ok' ? 200 : 503)
        .header('cache-control', 'no-store')
        .send(health);
    });
  }

  /** From here on its word is the controller's. */
  watch(watched: WatchedController): void {
    this.#watched = watched;
    this.#backlog = new BacklogMetrics({ ...watched, metrics: this.#options.metrics });
  }

  async #refresh(): Promise<void> {
    await this.#backlog?.refresh();
  }

  async #health(): Promise<ControllerHealthView> {
    const { version } = this.#options;
    if (!this.#watched) return { status: 'starting', version };
    const { controller, queue, store } = this.#watched;
    const [queueCheck, storeCheck] = await Promise.all([
      checkPart(() => queue.check()),
      checkPart(() => store.get('health')),
    ]);
    const { id, state, running, inFlight } = controller.health();
    const isConnected = queueCheck === 'ok' && storeCheck === 'ok';
    const status = state !== 'running' ? 'draining' : isConnected ? 'ok' : 'unavailable';
    const checks = { queue: queueCheck, store: storeCheck };
    return { status, version, checks, controller: id, running, inFlight };
  }
}
