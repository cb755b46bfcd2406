import { describeError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';

/** A piece of upkeep that runs every so often, never twice at once, and is waited for when it is stopped. */
export class Repeating {
  readonly #what: string;
  readonly #action: () => Promise<void>;
  readonly #intervalMs: number;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = true;

  constructor(what: string, action: () => Promise<void>, intervalMs: number, logger: Logger) {
    this.#what = what;
    this.#action = action;
    this.#intervalMs = intervalMs;
    this.#logger = logger;
  }

  start(): void {
    this.#stopped = false;
    this.trigger();
  }

  /** Runs now; when it is running already, once more after that. */
  trigger(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#run();
  }

  /** Resolves when the current run is over; there will be no other. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#action();
      } catch (error) {
        this.#logger.error({ err: error }, `${this.#what} failed: ${describeError(error)}`);
      }
    } while (this.#again && !this.#stopped);
    this.#running = undefined;
    if (!this.#stopped) this.#timer = setTimeout(() => this.trigger(), this.#intervalMs);
  }
}
