import type { FastifyReply, FastifyRequest } from 'fastify';
import { countRun } from '../dispatch/index.js';
import { describeError, RunyardError } from '../errors/index.js';
import type { ProjectHost } from '../host/index.js';
import { EVENT_STREAM_TYPE, unknownAlgorithmDetail } from '../http/index.js';
import type { Descriptor, RunFailure, RunOutcome, RunRequest } from '../protocol/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { Catalogue } from './catalogue.js';
import { createJsonReply, StreamReply, type RunReply } from './run-reply.js';
import { readRunRequest } from './run-request.js';

export interface RunServiceOptions {
  host: ProjectHost;
  catalogue: Catalogue;
  logger: Logger;
  metrics?: Metrics;
  maxDepth?: number;
  keepAliveMs: number;
}

/** Kept for later runs. */
const MAX_CONTROLLERS = 256;

const DRAINING: RunFailure = {
  class: 'busy',
  code: 'draining',
  message: 'the runner is about to go; another one takes the work',
  retryAfterMs: 1_000,
};

/** Takes runs from HTTP to the host, and their ends back. */
export class RunService {
  readonly #options: RunServiceOptions;
  readonly #running = new Set<ActiveRun>();
  /** Of runs that ended by themselves. A new one, with its first listener, costs more than all else done here for a run. */
  readonly #controllers: AbortController[] = [];
  #draining = false;

  constructor(options: RunServiceOptions) {
    this.#options = options;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  get running(): number {
    return this.#running.size;
  }

  refuseNew(): void {
    this.#draining = true;
  }

  /** Cancels what runs, and tells its clients that somebody else has to do it. */
  giveBack(): void {
    this.refuseNew();
    for (const run of this.#running) run.giveBack();
  }

  /** @throws RunyardError when the request cannot be run at all */
  handle(algorithm: string, request: FastifyRequest, reply: FastifyReply): void {
    const descriptor = this.#getAccepted(algorithm);
    const runRequest = readRunRequest(descriptor, request.body, request.headers);
    this.#assertDepth(runRequest.depth);
    const follows = request.headers.accept?.includes(EVENT_STREAM_TYPE) === true;
    const run = new ActiveRun(
      follows ? new StreamReply(reply, this.#options.keepAliveMs) : createJsonReply(reply),
      this.#controllers.pop() ?? new AbortController(),
    );
    reply.raw.once('close', run.abandon);
    this.#running.add(run);
    this.#run(run, runRequest).catch((error: unknown) => {
      this.#options.logger.error({ err: error, request: runRequest.id }, 'an answer could not be sent');
      reply.raw.destroy();
    });
  }

  async #run(run: ActiveRun, request: RunRequest): Promise<void> {
    const { host, metrics, logger } = this.#options;
    let outcome: RunOutcome;
    try {
      outcome = await host.run(request, run.hooks);
    } catch (error) {
      // Hosts promise not to reject; the client gets its answer all the same.
      logger.error({ err: error, request: request.id }, 'the host rejected');
      const message = describeError(error);
      outcome = { ok: false, error: { class: 'failed', code: 'internal', message }, logs: [], durationMs: 0 };
    }
    this.#running.delete(run);
    if (!run.controller.signal.aborted && this.#controllers.length < MAX_CONTROLLERS)
      this.#controllers.push(run.controller);
    if (metrics) countRun(metrics, request.algorithm, outcome);
    run.end(outcome);
  }

  #getAccepted(algorithm: string): Descriptor {
    if (this.#draining)
      throw new RunyardError('draining', DRAINING.message, { retryAfterMs: DRAINING.retryAfterMs ?? 1_000 });
    const { catalogue } = this.#options;
    const descriptor = catalogue.get(algorithm);
    if (descriptor !== undefined) return descriptor;
    const names = catalogue.names();
    throw new RunyardError(
      'unknown_algorithm',
      `there is no algorithm '${algorithm}' here; there is ${names.join(', ') || 'none'}`,
      { detail: unknownAlgorithmDetail(names) },
    );
  }

  #assertDepth(depth: number | undefined): void {
    const { maxDepth } = this.#options;
    if (depth === undefined || maxDepth === undefined || depth <= maxDepth) return;
    throw new RunyardError(
      'too_deep',
      `expected at most ${maxDepth} algorithms calling each other, got ${depth}; look for a loop of ctx.call`,
    );
  }
}

/** A run and its client. Whichever ends first ends the other; the client gets one answer. */
class ActiveRun {
  readonly hooks: { signal: AbortSignal; onEvent?: NonNullable<RunReply['onEvent']> };
  readonly controller: AbortController;
  readonly #reply: RunReply;
  #ended = false;

  constructor(reply: RunReply, controller: AbortController) {
    this.#reply = reply;
    this.controller = controller;
    const { signal } = controller;
    this.hooks = reply.onEvent ? { signal, onEvent: reply.onEvent } : { signal };
  }

  end(outcome: RunOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reply.end(outcome);
  }

  /** The client's connection is closed: nobody waits for the result unless it has been sent. */
  readonly abandon = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    this.controller.abort();
  };

  giveBack(): void {
    this.end({ ok: false, error: DRAINING, logs: [], durationMs: 0 });
    this.controller.abort();
  }
}
