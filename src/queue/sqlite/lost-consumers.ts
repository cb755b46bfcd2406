import type { SqliteDatabase } from '../../sqlite/index.js';
import type { Logger } from '../../telemetry/index.js';
import { checkLiveness, type ConsumerIdentity } from './consumer-identity.js';
import type { Consumer, ConsumerTable } from './consumer-table.js';
import type { MessageTable } from './message-table.js';

export interface LostConsumersOptions {
  database: SqliteDatabase;
  consumers: ConsumerTable;
  messages: MessageTable;
  identity: ConsumerIdentity;
  /** This consumer's own row. */
  getConsumer: () => number | undefined;
  /** Time between two looks, in milliseconds. */
  intervalMs: number;
  logger: Logger;
}

/** How long another consumer has shown no sign of life, as seen from here. */
interface Silence {
  renewals: number;
  silentMs: number;
}

/**
 * Looks after the other consumers of the file, and gives back what a vanished one held: at once when its process is
 * gone, else when it has not renewed for its lease. Silence is measured here, tick by tick: clocks that jump, and a
 * machine that slept, make nobody look dead.
 */
export class LostConsumers {
  readonly #options: LostConsumersOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #silences = new Map<number, Silence>();
  #lookedAt = performance.now();

  constructor(options: LostConsumersOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.look(), options.intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async look(): Promise<void> {
    const { database, consumers, getConsumer, logger } = this.#options;
    try {
      const others = database.read(() => consumers.getOthers(getConsumer()));
      this.#listen(others);
      const lost = others.filter((other) => this.#isLost(other));
      await Promise.all(lost.map((other) => this.#takeBack(other)));
    } catch (error) {
      logger.warn({ err: error }, 'looking for vanished consumers failed; trying again');
    }
  }

  #listen(others: Consumer[]): void {
    const now = performance.now();
    const passedMs = Math.min(now - this.#lookedAt, 2 * this.#options.intervalMs);
    this.#lookedAt = now;
    const known = new Map(this.#silences);
    this.#silences.clear();
    for (const { id, renewals } of others) {
      const before = known.get(id);
      const silentMs = before?.renewals === renewals ? before.silentMs + passedMs : 0;
      this.#silences.set(id, { renewals, silentMs });
    }
  }

  #isLost(other: Consumer): boolean {
    if (checkLiveness(other, this.#options.identity) === 'dead') return true;
    return (this.#silences.get(other.id)?.silentMs ?? 0) > other.leaseMs;
  }

  async #takeBack({ id, name, renewals }: Consumer): Promise<void> {
    const { database, consumers, messages, logger } = this.#options;
    const count = await database.write(() =>
      consumers.remove(id, renewals) ? messages.takeBackClaims(id, database.clock()) : 0,
    );
    if (count > 0)
      logger.info({ consumer: name, count }, 'a consumer vanished: its tasks are delivered again');
  }
}
