import { randomUUID } from 'node:crypto';
import type { SqliteDatabase } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { ConsumerIdentity } from './consumer-identity.js';
import type { ConsumerTable } from './consumer-table.js';

export interface LeaseOptions {
  database: SqliteDatabase;
  consumers: ConsumerTable;
  identity: ConsumerIdentity;
  name: string;
  leaseMs: number;
  logger: Logger;
}

/** This consumer's row, and its renewal while it holds messages: one statement, however many there are. */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #instance = randomUUID();
  readonly #timer: NodeJS.Timeout;
  #consumer: number | undefined;
  #held = 0;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#renew(), options.leaseMs / 3).unref();
  }

  /** Id of the row, once there is one. */
  get consumer(): number | undefined {
    return this.#consumer;
  }

  get held(): number {
    return this.#held;
  }

  /** Inside a write: the row under which to claim. Others may have taken the last one for lost. */
  ensureConsumer(): number {
    const { consumers, name, leaseMs, identity } = this.#options;
    return consumers.ensure(this.#instance, name, leaseMs, identity);
  }

  /** After that write is committed. */
  hold(consumer: number, count: number): void {
    if (consumer !== this.#consumer) this.#setConsumer(consumer);
    this.#held += count;
  }

  /** A message of this claim is settled, or was lost. */
  letGo(consumer: number): void {
    if (consumer === this.#consumer) this.#held -= 1;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { database, consumers, logger } = this.#options;
    const consumer = this.#consumer;
    if (consumer === undefined || this.#held === 0) return;
    try {
      const renewed = await database.write(() => consumers.renew(consumer), 'relaxed');
      if (!renewed && consumer === this.#consumer) this.#setConsumer(undefined);
    } catch (error) {
      logger.warn({ err: error }, 'renewing the lease on held tasks failed; trying again');
    }
  }

  #setConsumer(consumer: number | undefined): void {
    if (this.#held > 0) {
      this.#options.logger.warn(
        { held: this.#held },
        'the lease ran out before it was renewed: others have the tasks this process held',
      );
    }
    this.#consumer = consumer;
    this.#held = 0;
  }
}
