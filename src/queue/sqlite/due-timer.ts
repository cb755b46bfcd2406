import type { SqliteDatabase } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { MessageTable } from './message-table.js';

/** Longest sleep: a clock that was set meanwhile is noticed after it. */
const MAX_SLEEP_MS = 30_000;
const RETRY_MS = 1000;

/** One timer for the next delayed message: it makes those ready that are due, which listeners to lanes then hear. */
export class DueTimer {
  readonly #database: SqliteDatabase;
  readonly #messages: MessageTable;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #stopListening: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(database: SqliteDatabase, messages: MessageTable, clock: () => number, logger: Logger) {
    this.#database = database;
    this.#messages = messages;
    this.#clock = clock;
    this.#logger = logger;
    this.#stopListening = messages.dueTimes.listen(() => this.#arm());
    this.#arm();
  }

  stop(): void {
    this.#stopListening();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    try {
      const due = this.#database.read(() => this.#messages.getNextDue());
      if (due !== undefined) this.#sleep(Math.min(Math.max(due - this.#clock(), 0), MAX_SLEEP_MS));
    } catch (error) {
      this.#logger.warn({ err: error }, 'looking for due tasks failed; trying again');
      this.#sleep(RETRY_MS);
    }
  }

  #sleep(ms: number): void {
    clearTimeout(this.#timer);
    // Rounded up: a timer that fires a moment early would find nothing due.
    this.#timer = setTimeout(() => void this.#wake(), Math.ceil(ms)).unref();
  }

  async #wake(): Promise<void> {
    try {
      await this.#database.write(() => this.#messages.promoteDue(this.#clock()));
      this.#arm();
    } catch (error) {
      this.#logger.warn({ err: error }, 'making due tasks ready failed; trying again');
      this.#sleep(RETRY_MS);
    }
  }
}
