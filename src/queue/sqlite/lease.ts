import { randomUUID } from 'node:crypto';
import type { SqliteDatabase } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { ConsumerIdentity } from './consumer-identity.js';
import type { ConsumerTable } from './consumer-table.js';
import type { Claim } from './message-table.js';

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
  /** By `seq`: of two claims of one message only the later one counts. */
  readonly #held = new Map<number, Claim>();

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#renew(), options.leaseMs / 3).unref();
  }

  /** Id of the row, once there is one. */
  get consumer(): number | undefined {
    return this.#consumer;
  }

  get holdsAny(): boolean {
    return this.#held.size > 0;
  }

  /** Inside a write: the row under which to claim. Others may have taken the last one for lost. */
  ensureConsumer(): number {
    const { consumers, name, leaseMs, identity } = this.#options;
    return consumers.ensure(this.#instance, name, leaseMs, identity);
  }

  /** After that write is committed. Claims of one transaction are under one row. */
  hold(claims: readonly Claim[]): void {
    const [first] = claims;
    if (first && first.consumer !== this.#consumer) this.#setConsumer(first.consumer);
    for (const claim of claims) this.#held.set(claim.seq, claim);
  }

  /** Before it is settled. False when it is settled already, or was lost. */
  letGo(claim: Claim): boolean {
    return this.#held.get(claim.seq) === claim && this.#held.delete(claim.seq);
  }

  /** When settling it failed: nothing was done. */
  takeBack(claim: Claim): void {
    if (claim.consumer === this.#consumer && !this.#held.has(claim.seq)) this.#held.set(claim.seq, claim);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #renew(): Promise<void> {
    const { database, consumers, logger } = this.#options;
    const consumer = this.#consumer;
    if (consumer === undefined || !this.holdsAny) return;
    try {
      const renewed = await database.write(() => consumers.renew(consumer), 'relaxed');
      if (!renewed && consumer === this.#consumer) this.#setConsumer(undefined);
    } catch (error) {
      logger.warn({ err: error }, 'renewing the lease on held tasks failed; trying again');
    }
  }

  #setConsumer(consumer: number | undefined): void {
    if (this.holdsAny) {
      this.#options.logger.warn(
        { held: this.#held.size },
        'the lease ran out before it was renewed: others have the tasks this process held',
      );
    }
    this.#consumer = consumer;
    this.#held.clear();
  }
}
