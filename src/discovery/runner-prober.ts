import { Agent } from 'undici';
import { describeError } from '../errors/index.js';
import { fetchSchemas } from './fetch-schemas.js';

export interface ProbeOptions {
  /** Between two questions to one runner. @default 5000 */
  probeIntervalMs?: number;
  /** Longest wait for an answer. @default 5000 */
  probeTimeoutMs?: number;
  /** Runners asked at the same time. @default 16 */
  probeConcurrency?: number;
  /** Questions in a row without an answer before a runner counts as away. @default 2 */
  probeFailures?: number;
  /** Largest `/schemas` that is read. @default 1048576 */
  probeMaxBytes?: number;
}

export interface ProbeEvents {
  /** It answered; `schemas` is undefined when it describes nothing. */
  onAnswer: (id: string, schemas: Record<string, unknown> | undefined) => void;
  /** It has not answered `probeFailures` times in a row. Called again with each further failure. */
  onSilence: (id: string, reason: string) => void;
}

interface Target {
  id: string;
  host: string;
  failures: number;
  timer: NodeJS.Timeout | undefined;
}

/** Asks runners that hold no lease, again and again, whether they are there. */
export class RunnerProber {
  readonly #options: Required<ProbeOptions>;
  readonly #events: ProbeEvents;
  readonly #targets = new Map<string, Target>();
  readonly #waiting: Target[] = [];
  readonly #closing = new AbortController();
  #agent: Agent | undefined;
  #running = 0;

  constructor(options: ProbeOptions, events: ProbeEvents) {
    this.#options = {
      probeIntervalMs: options.probeIntervalMs ?? 5_000,
      probeTimeoutMs: options.probeTimeoutMs ?? 5_000,
      probeConcurrency: options.probeConcurrency ?? 16,
      probeFailures: options.probeFailures ?? 2,
      probeMaxBytes: options.probeMaxBytes ?? 1024 * 1024,
    };
    this.#events = events;
  }

  /** Begins at once. */
  watch(id: string, host: string): void {
    if (this.#targets.has(id)) return;
    const target = { id, host, failures: 0, timer: undefined };
    this.#targets.set(id, target);
    this.#enqueue(target);
  }

  forget(id: string): void {
    clearTimeout(this.#targets.get(id)?.timer);
    this.#targets.delete(id);
  }

  /** It has just been heard of by itself: earlier silence says nothing any more. */
  excuse(id: string): void {
    const target = this.#targets.get(id);
    if (target) target.failures = 0;
  }

  async close(): Promise<void> {
    for (const id of [...this.#targets.keys()]) this.forget(id);
    this.#closing.abort();
    await this.#agent?.destroy();
  }

  #enqueue(target: Target): void {
    this.#waiting.push(target);
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#options.probeConcurrency) {
      const target = this.#waiting.shift();
      if (!target) return;
      if (this.#isWatched(target)) void this.#probe(target);
    }
  }

  async #probe(target: Target): Promise<void> {
    this.#running++;
    const startedAt = performance.now();
    try {
      const schemas = await this.#fetch(target.host);
      target.failures = 0;
      if (this.#isWatched(target)) this.#events.onAnswer(target.id, schemas);
    } catch (error) {
      target.failures++;
      const silent = target.failures >= this.#options.probeFailures;
      if (silent && this.#isWatched(target)) this.#events.onSilence(target.id, describeError(error));
    } finally {
      this.#running--;
      this.#schedule(target, performance.now() - startedAt);
      this.#next();
    }
  }

  async #fetch(host: string): Promise<Record<string, unknown> | undefined> {
    this.#agent ??= new Agent({ connect: { timeout: this.#options.probeTimeoutMs } });
    const { probeTimeoutMs: timeoutMs, probeMaxBytes: maxBytes } = this.#options;
    const limits = { dispatcher: this.#agent, timeoutMs, maxBytes, signal: this.#closing.signal };
    const answer = await fetchSchemas(host, limits);
    return 'schemas' in answer ? answer.schemas : undefined;
  }

  /**
   * A question that took long is followed by the next at once: an original runner answers nothing while it works,
   * and so is found again the moment it has finished.
   */
  #schedule(target: Target, tookMs: number): void {
    if (!this.#isWatched(target)) return;
    target.timer = setTimeout(
      () => {
        target.timer = undefined;
        this.#enqueue(target);
      },
      Math.max(0, this.#options.probeIntervalMs - tookMs),
    );
    target.timer.unref();
  }

  #isWatched(target: Target): boolean {
    return this.#targets.get(target.id) === target;
  }
}
