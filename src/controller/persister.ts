import { setTimeout as delay } from 'node:timers/promises';
import { describeError, RunyardError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;

/** True for a refusal of the content itself; anything else (disk full, locked, connection lost) may get better. */
export function isPermanent(error: unknown): boolean {
  return error instanceof RunyardError && error.class !== 'busy';
}

/**
 * Repeats a write until it succeeds: what a run gave is known nowhere else, and its message is not acknowledged before it is kept.
 * When the controller closes meanwhile, the write is given up: the lease runs out and the task is run again.
 */
export class Persister {
  readonly #logger: Logger;
  readonly #closing = new AbortController();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws what cannot get better (see `isPermanent`), and the last error of the write once the controller has closed */
  async write<T>(what: string, action: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await action();
      } catch (error) {
        if (this.#closing.signal.aborted || isPermanent(error)) throw error;
        const delayMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
        this.#logger.error(
          { err: error, delayMs },
          `${what} failed and is tried again: ${describeError(error)}`,
        );
        await delay(delayMs, undefined, { signal: this.#closing.signal }).catch(() => {
          throw error;
        });
      }
    }
  }

  close(): void {
    this.#closing.abort();
  }
}
