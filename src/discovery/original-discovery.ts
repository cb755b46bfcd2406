import { request, type Dispatcher } from 'undici';
import { RunyardError } from '../errors/index.js';
import type { DiscoveryDelta } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import type { Clock } from './clock.js';
import { originalRunnerId, type OriginalRegistration } from './original-runner.js';
import { parseOriginalRegistration } from './registration-schema.js';
import { RunnerRegistry } from './runner-registry.js';

export interface OriginalDiscoveryOptions {
  url: string;
  dispatcher: Dispatcher;
  logger: Logger;
  clock: Clock;
  timeoutMs: number;
  probeIntervalMs: number;
  onDelta: (delta: DiscoveryDelta) => void;
}

/**
 * Reads a discovery that has no more than `GET /algorithms`: one host per algorithm, and no word on whether it is
 * there. A registry of our own asks the hosts.
 */
export class OriginalDiscovery {
  readonly #options: OriginalDiscoveryOptions;
  readonly #registry: RunnerRegistry;
  #known = new Map<string, string>();
  /** Algorithms it no longer names whose host is kept. */
  #forgotten = new Set<string>();

  constructor(options: OriginalDiscoveryOptions) {
    this.#options = options;
    const { logger, clock, probeIntervalMs } = options;
    this.#registry = new RunnerRegistry({ logger, clock, probeIntervalMs });
    this.#registry.watch(options.onDelta);
  }

  /**
   * Takes over what it says now. Rejects when it does not answer.
   * @returns whether it has forgotten something since, as one does that was restarted or made way for another program
   */
  async poll(signal: AbortSignal): Promise<{ hasForgotten: boolean }> {
    const next = await this.#fetch(signal);
    const missing = [...this.#known.keys()].filter((algorithm) => !next.has(algorithm));
    const hasForgotten = missing.some((algorithm) => !this.#forgotten.has(algorithm));
    this.#forgotten = new Set(missing);
    for (const [algorithm, host] of this.#known)
      if (this.#forgotten.has(algorithm) && this.#isAnswering(host)) next.set(algorithm, host);
      else if (next.get(algorithm) !== host) this.#registry.unregisterOriginal({ algorithm, host });
    for (const [algorithm, host] of next)
      if (this.#known.get(algorithm) !== host) this.#registry.registerOriginal({ algorithm, host });
    this.#known = next;
    return { hasForgotten };
  }

  close(): Promise<void> {
    return this.#registry.close();
  }

  /**
   * Nobody can unregister there: what is no longer named was forgotten by a restart, and original runners do not
   * register again. One that answers goes on working, as it does for an original controller.
   */
  #isAnswering(host: string): boolean {
    return this.#registry.get(originalRunnerId(host))?.healthy === true;
  }

  async #fetch(signal: AbortSignal): Promise<Map<string, string>> {
    const { url, dispatcher, timeoutMs } = this.#options;
    const response = await request(`${url}/algorithms`, {
      dispatcher,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      headers: { accept: 'application/json' },
    });
    const body: unknown =
      response.statusCode === 200 ? await response.body.json() : await response.body.dump();
    if (typeof body !== 'object' || body === null)
      throw new RunyardError(
        'internal',
        `GET ${url}/algorithms gave ${response.statusCode}, expected an object`,
      );
    const pairs = Object.entries(body).flatMap((entry) => this.#read(entry));
    return new Map(pairs.map(({ algorithm, host }) => [algorithm, host]));
  }

  #read([algorithm, host]: [string, unknown]): OriginalRegistration[] {
    const parsed = parseOriginalRegistration({ algorithm, host });
    if ('registration' in parsed) return [parsed.registration];
    this.#options.logger.warn({ algorithm, fault: parsed.fault }, 'an entry of discovery cannot be used');
    return [];
  }
}
