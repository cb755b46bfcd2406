import type { Logger } from '../telemetry/index.js';
import type { AlgoError } from '../http/index.js';
import { formatStatus } from './documents.js';
import { Notifier } from './notifier.js';
import { joinLines, type IdleLines } from './printed.js';

export interface StatusReporterOptions {
  /** `STATUS_UPDATE`; nobody is told without one. */
  url: string | undefined;
  /** `SLOT_ID`: who this server is to the one that is told. */
  slotId: string | undefined;
  idleLines: IdleLines;
  logger: Logger;
}

/** Tells somebody whether the algorithm was loaded, and when it ended unexpectedly. */
export class StatusReporter {
  readonly #options: StatusReporterOptions;
  readonly #notifier: Notifier;

  constructor(options: StatusReporterOptions) {
    this.#options = options;
    this.#notifier = new Notifier(options.logger);
  }

  /** Never rejects. @param error - why it does not work; absent when it does */
  async report(durationMs: number, error?: AlgoError): Promise<void> {
    const { url, slotId, idleLines, logger } = this.#options;
    if (url === undefined) return;
    const printed = joinLines(idleLines.take());
    const body = formatStatus({ slotId, durationMs, printed, ...(error && { error }) });
    if (!(await this.#notifier.send(url, body)))
      logger.error({ url }, 'a status update could not be delivered');
  }

  async close(): Promise<void> {
    await this.#notifier.settled();
    await this.#notifier.close();
  }
}
