import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery } from '../queue/index.js';
import type { ControllerOptions } from './controller-options.js';
import { assembleParts, type ControllerParts } from './controller-parts.js';

/**
 * - `new`: made, not started.
 * - `running`: takes tasks.
 * - `draining`: takes no more, and finishes what it has.
 * - `closed`: holds nothing.
 */
export type ControllerState = 'new' | 'running' | 'draining' | 'closed';

export interface ControllerHealth {
  id: string;
  state: ControllerState;
  /** Runs with a runner. */
  running: number;
  /** Tasks claimed, running or being settled. */
  inFlight: number;
}

/** Takes tasks off the queue, has them run, and settles them. */
export interface Controller {
  readonly id: string;
  /** Begins to take tasks. @throws when the queue cannot be read */
  start(): Promise<void>;
  /** Ends the task's run if it is on this controller, at once. True when it is. */
  cancel(taskId: string): boolean;
  /** Takes no more tasks; resolves when what it has is settled. */
  drain(): Promise<void>;
  /** Drains for a grace time, aborts what still runs, and gives it back to the queue. Queue, store and dispatcher stay open. */
  close(): Promise<void>;
  health(): ControllerHealth;
}

/** Composes a controller; nothing happens before `start`. */
export function createController(options: ControllerOptions): Controller {
  return new QueueController(options);
}

class QueueController implements Controller {
  readonly #options: ControllerOptions;
  readonly #parts: ControllerParts;
  readonly #handling = new Set<Promise<void>>();
  #stopListening: (() => void)[] = [];
  #state: ControllerState = 'new';
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#parts = assembleParts(options, (delivery) => this.#handle(delivery));
  }

  get id(): string {
    return this.#parts.id;
  }

  async start(): Promise<void> {
    if (this.#state !== 'new') return;
    this.#state = 'running';
    this.#parts.metrics.tellInFlight(0);
    const { lanes, sweep, upkeep, callbacks } = this.#parts;
    const { queue, dispatcher } = this.#options;
    this.#stopListening = [
      queue.onReady((algorithm) => lanes.markReady(algorithm)),
      dispatcher.onCapacity((algorithm) => {
        sweep.noteOffer(algorithm);
        lanes.markCapacity(algorithm);
      }),
    ];
    for (const algorithm of await queue.readyLanes()) lanes.markReady(algorithm);
    for (const piece of upkeep) piece.start();
    callbacks?.start();
  }

  cancel(taskId: string): boolean {
    return this.#parts.runs.stop(taskId, 'cancel');
  }

  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  health(): ControllerHealth {
    const { id, runs, lanes } = this.#parts;
    return { id, state: this.#state, running: runs.size, inFlight: lanes.inFlight };
  }

  #handle(delivery: Delivery): void {
    const { deliveries, metrics } = this.#parts;
    const handling = deliveries.handle(delivery).finally(() => {
      this.#handling.delete(handling);
      metrics.tellInFlight(this.#handling.size);
    });
    this.#handling.add(handling);
    metrics.tellInFlight(this.#handling.size);
  }

  async #drain(): Promise<void> {
    const { lanes, claims, deliveries } = this.#parts;
    this.#state = 'draining';
    for (const stop of this.#stopListening) stop();
    lanes.close();
    deliveries.stopStarting();
    await claims.close();
    await Promise.all(this.#handling);
  }

  async #close(): Promise<void> {
    const { runs, persister, cancelWatch, events, upkeep, callbacks } = this.#parts;
    const { closeGraceMs, abortGraceMs } = this.#parts.settings;
    const drained = this.drain();
    if (!(await isOverWithin(drained, closeGraceMs))) {
      runs.stopAll('shutdown');
      await isOverWithin(drained, abortGraceMs);
    }
    // Writes that still fail are given up here: their leases bring the tasks back.
    persister.close();
    cancelWatch.close();
    events.close();
    await Promise.all([...upkeep.map((piece) => piece.stop()), callbacks?.close()]);
    this.#state = 'closed';
  }
}

async function isOverWithin(work: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  // The timer is stopped when the work was faster.
  const late = delay(ms, false, { signal: timer.signal }).catch(() => false);
  const isOver = await Promise.race([work.then(() => true), late]);
  timer.abort();
  return isOver;
}
