import { isFinal } from '../../protocol/index.js';
import type { Callback, TaskStore } from '../../store/index.js';
import type { Logger, Metrics } from '../../telemetry/index.js';
import { Repeating } from '../repeating.js';
import { getCallbackId, renderCallbackBody } from './callback-body.js';
import {
  resolveCallbackOptions,
  type CallbackOptions,
  type ResolvedCallbackOptions,
} from './callback-options.js';
import { CallbackSender, type DeliveryOutcome } from './callback-sender.js';

/** A lease outlasts its delivery by this, so that nobody else sends it at the same time. */
const LEASE_MARGIN_MS = 10_000;
const GROWTH = 4;

export interface CallbackWorkerOptions extends CallbackOptions {
  store: Pick<TaskStore, 'get' | 'claimCallbacks' | 'settleCallback'>;
  clock: () => number;
  logger: Logger;
  metrics: Metrics | undefined;
}

/** Sends what the store says is owed. What it is in the middle of when the process dies is sent again after its lease. */
export class CallbackWorker {
  readonly #options: CallbackWorkerOptions;
  readonly #settings: ResolvedCallbackOptions;
  readonly #sender: CallbackSender;
  readonly #poll: Repeating;
  readonly #sending = new Set<Promise<void>>();
  #closed = false;

  constructor(options: CallbackWorkerOptions) {
    this.#options = options;
    this.#settings = resolveCallbackOptions(options);
    this.#sender = new CallbackSender(this.#settings);
    const { pollIntervalMs } = this.#settings;
    this.#poll = new Repeating('sending callbacks', () => this.#sendDue(), pollIntervalMs, options.logger);
  }

  start(): void {
    this.#poll.start();
  }

  /** Something may have become due. */
  wake(): void {
    this.#poll.trigger();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#poll.stop();
    await this.#sender.close();
    await Promise.all(this.#sending);
  }

  async #sendDue(): Promise<void> {
    const { store, clock } = this.#options;
    const { concurrency, timeoutMs } = this.#settings;
    const room = concurrency - this.#sending.size;
    if (room <= 0 || this.#closed) return;
    const callbacks = await store.claimCallbacks(clock(), room, timeoutMs + LEASE_MARGIN_MS);
    for (const callback of callbacks) this.#launch(callback);
  }

  #launch(callback: Callback): void {
    const sending = this.#send(callback)
      .catch((error: unknown) => {
        // Its lease runs out and it is sent again.
        this.#options.logger.error({ err: error, task: callback.taskId }, 'a callback could not be settled');
      })
      .finally(() => {
        this.#sending.delete(sending);
        this.#poll.trigger();
      });
    this.#sending.add(sending);
  }

  async #send(callback: Callback): Promise<void> {
    const { store, clock } = this.#options;
    const task = await store.get(callback.taskId);
    // Deleted or redriven meanwhile: another end will have another callback.
    if (!task || !isFinal(task.state)) return store.settleCallback(callback.taskId, { done: true });
    const now = clock();
    const body = renderCallbackBody(task, this.#settings.maxResultBytes);
    const result = await this.#sender.send(callback.url, getCallbackId(task), body, now);
    // Cut short by closing: nothing is known, so nothing is settled.
    if (this.#closed && result.outcome === 'failed') return;
    const retryAt = this.#findRetryTime(callback, result, task.endedAt ?? now);
    this.#report(callback, result, retryAt);
    await store.settleCallback(callback.taskId, retryAt === undefined ? { done: true } : { retryAt });
  }

  #findRetryTime(callback: Callback, result: DeliveryOutcome, endedAt: number): number | undefined {
    const { maxTries, backoffMs, maxAgeMs } = this.#settings;
    if (result.outcome !== 'failed' || callback.tries + 1 >= maxTries) return undefined;
    const retryAt = this.#options.clock() + backoffMs * GROWTH ** callback.tries;
    return retryAt - endedAt > maxAgeMs ? undefined : retryAt;
  }

  #report({ taskId, url }: Callback, result: DeliveryOutcome, retryAt: number | undefined): void {
    const { logger, metrics } = this.#options;
    const isGivenUp = result.outcome !== 'delivered' && retryAt === undefined;
    metrics?.callbacks.inc({ outcome: isGivenUp ? 'given_up' : result.outcome });
    if (result.outcome === 'delivered') return;
    // Not the whole URL: its path and query may be a secret.
    const host = URL.canParse(url) ? new URL(url).host : undefined;
    const next = isGivenUp ? 'is given up' : 'is tried again';
    logger.warn({ task: taskId, host, retryAt }, `a callback ${next}: ${result.reason}`);
  }
}
