import type { SqliteDatabase } from '../../sqlite/index.js';
import { silentLogger, type Logger } from '../../telemetry/index.js';
import type { Delivery, LaneDemand, LaneDepth, QueueMessage, TaskQueue } from '../task-queue.js';
import { getOwnIdentity } from './consumer-identity.js';
import { ConsumerTable } from './consumer-table.js';
import { DueTimer } from './due-timer.js';
import { Lease } from './lease.js';
import { LostConsumers } from './lost-consumers.js';
import { MessageTable, type Claim } from './message-table.js';
import { QUEUE_SCHEMA } from './schema.js';

export interface SqliteTaskQueueOptions {
  /** Shared with the store: what is queued in one turn is kept in one transaction. Not closed by the queue. */
  database: SqliteDatabase;
  /** A name for people, in logs. @default host and process id */
  consumerId?: string;
  /** How long others wait for a sign of life before they take over, where they cannot see the process. @default 30000 */
  leaseMs?: number;
  /** Milliseconds since the epoch. @default the database's */
  clock?: () => number;
  logger?: Logger;
}

/**
 * A queue in a SQLite file. Any number of them, in any processes of one machine, may share the file.
 * @throws RunyardError `queue_unavailable` from every method when the file cannot take it; then nothing was done.
 */
export class SqliteTaskQueue implements TaskQueue {
  readonly #database: SqliteDatabase;
  readonly #clock: () => number;
  readonly #logger: Logger;
  readonly #messages: MessageTable;
  readonly #consumers: ConsumerTable;
  readonly #lease: Lease;
  readonly #lostConsumers: LostConsumers;
  readonly #listeners = new Set<(algorithm: string) => void>();
  readonly #claiming = new Set<Promise<Claim[]>>();
  #stopListening: (() => void) | undefined;
  #closed = false;

  /** @throws RunyardError `data_unusable` when the file was made by a newer version */
  constructor(options: SqliteTaskQueueOptions) {
    const { database, leaseMs = 30_000, logger = silentLogger } = options;
    database.migrate('queue', QUEUE_SCHEMA);
    this.#database = database;
    this.#clock = options.clock ?? database.clock;
    this.#logger = logger;
    this.#messages = new MessageTable(database);
    this.#consumers = new ConsumerTable(database);
    const identity = getOwnIdentity();
    const name = options.consumerId ?? `${identity.host}:${identity.pid}`;
    const shared = { database, consumers: this.#consumers, identity, logger };
    this.#lease = new Lease({ ...shared, name, leaseMs });
    this.#lostConsumers = new LostConsumers({
      ...shared,
      messages: this.#messages,
      getConsumer: () => this.#lease.consumer,
      intervalMs: Math.min(1000, leaseMs / 4),
    });
    void this.#lostConsumers.look();
  }

  publish(message: QueueMessage): Promise<void> {
    return this.#database.write(() => this.#messages.publish(message, this.#clock()));
  }

  async claim(demands: readonly LaneDemand[]): Promise<Delivery[]> {
    const wanted = demands.filter(({ max }) => max >= 1);
    if (this.#closed || wanted.length === 0) return [];
    const claiming = this.#claimAndHold(wanted);
    this.#claiming.add(claiming);
    try {
      return (await claiming).map((claim) => this.#createDelivery(claim));
    } finally {
      this.#claiming.delete(claiming);
    }
  }

  async #claimAndHold(demands: LaneDemand[]): Promise<Claim[]> {
    const claims = await this.#database.write(() => this.#claim(demands), 'relaxed');
    this.#lease.hold(claims);
    return claims;
  }

  #claim(demands: readonly LaneDemand[]): Claim[] {
    this.#messages.promoteDue(this.#clock());
    const consumer = this.#lease.ensureConsumer();
    const claims = demands.flatMap(({ algorithm, max }) =>
      this.#messages.claim(consumer, algorithm, Math.floor(max)),
    );
    if (claims.length > 0) this.#consumers.renew(consumer);
    return claims;
  }

  #createDelivery(claim: Claim): Delivery {
    return {
      message: claim.message,
      lostDeliveries: claim.lostDeliveries,
      // There is one row for each id, so whoever holds it is the only one.
      fresh: false,
      ack: () => this.#settle(claim, () => this.#messages.acknowledge(claim, this.#clock())),
      release: (delayMs) => this.#settle(claim, () => this.#messages.release(claim, delayMs, this.#clock())),
    };
  }

  async #settle(claim: Claim, change: () => boolean): Promise<boolean> {
    if (!this.#lease.letGo(claim)) return false;
    try {
      return await this.#database.write(change);
    } catch (error) {
      this.#lease.takeBack(claim);
      throw error;
    }
  }

  remove(id: string): Promise<boolean> {
    return this.#database.write(() => this.#messages.remove(id));
  }

  async readyLanes(): Promise<string[]> {
    await this.#promoteDue();
    return this.#database.read(() => this.#messages.getReadyLanes());
  }

  async depths(): Promise<LaneDepth[]> {
    await this.#promoteDue();
    return this.#database.read(() => this.#messages.getDepths());
  }

  async check(): Promise<void> {
    this.#database.read(() => this.#messages.getNextDue());
  }

  /** Writes only when something is due, so that looking costs nothing. */
  async #promoteDue(): Promise<void> {
    const due = this.#database.read(() => this.#messages.getNextDue());
    if (due !== undefined && due <= this.#clock()) {
      await this.#database.write(() => this.#messages.promoteDue(this.#clock()));
    }
  }

  onReady(listener: (algorithm: string) => void): () => void {
    // Its own function, so that one listener may be registered twice.
    const registered = (algorithm: string): void => listener(algorithm);
    this.#listeners.add(registered);
    this.#stopListening ??= this.#listen();
    return () => {
      this.#listeners.delete(registered);
      if (this.#listeners.size === 0) this.#stopListeningNow();
    };
  }

  #listen(): () => void {
    const stopLanes = this.#messages.lanes.listen((changed) => {
      const lanes = changed ?? this.#database.read(() => this.#messages.getReadyLanes());
      for (const lane of lanes) this.#announce(lane);
    });
    const dueTimer = new DueTimer(this.#database, this.#messages, this.#clock, this.#logger);
    return () => {
      stopLanes();
      dueTimer.stop();
    };
  }

  #announce(lane: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(lane);
      } catch (error) {
        // One listener's fault must not keep the others from hearing of work.
        this.#logger.error({ err: error, lane }, 'a listener for ready tasks failed');
      }
    }
  }

  #stopListeningNow(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  async close(options: { release?: boolean } = {}): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listeners.clear();
    this.#stopListeningNow();
    this.#lease.stop();
    this.#lostConsumers.stop();
    await Promise.allSettled(this.#claiming);
    await this.#leave(options.release ?? false);
  }

  /** Unless its messages are to stay with it until the lease runs out, the consumer is struck off. */
  async #leave(release: boolean): Promise<void> {
    await this.#database.write(() => {
      const consumer = this.#lease.consumer;
      if (consumer === undefined || (!release && this.#lease.holdsAny)) return;
      this.#messages.returnClaims(consumer);
      this.#consumers.remove(consumer);
    });
  }
}
