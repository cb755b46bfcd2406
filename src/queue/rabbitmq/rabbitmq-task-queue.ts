import { describeError } from '../../errors/index.js';
import { silentLogger, type Logger } from '../../telemetry/index.js';
import type { Delivery, LaneDemand, LaneDepth, QueueMessage, TaskQueue } from '../task-queue.js';
import { describeDeclaration, disconnected } from './broker-errors.js';
import { BrokerLink } from './broker-link.js';
import { Deliveries } from './deliveries.js';
import { firstOpening } from './first-opening.js';
import { HeldMessages } from './held-messages.js';
import { LaneDirectory } from './lane-directory.js';
import { LaneTable } from './lane-table.js';
import { LaneWatch } from './lane-watch.js';
import { MessageReader } from './message-reader.js';
import { Publisher } from './publisher.js';
import { QueueCounts } from './queue-counts.js';
import { TaskSender } from './task-sender.js';
import { Topology } from './topology.js';
import { WorkChannels } from './work-channels.js';

export interface RabbitmqTaskQueueOptions {
  /** `amqp://user:password@host:5672/vhost`, or `amqps://`. */
  url: string;
  /** First word of every name in the broker: yards with different ones do not see each other. @default 'runyard' */
  prefix?: string;
  /** Longest time a submitter waits for the broker. @default 5000 */
  publishTimeoutMs?: number;
  /** A message held longer is taken anew, before the broker loses patience (30 minutes unless it is told otherwise). @default 600000 */
  holdMs?: number;
  /** How long a broker that is not there yet is waited for; 0: without end. @default 0 */
  startTimeoutMs?: number;
  /** Milliseconds since the epoch. @default Date.now */
  clock?: () => number;
  logger?: Logger;
}

const WORK_CHANNELS = 8;

/**
 * Lanes in RabbitMQ: quorum queues, publisher confirms, acknowledgement after settling. The broker holds everything that
 * waits. A message may be there twice when a connection broke at the wrong moment; see `Delivery.fresh`.
 * @throws RunyardError `queue_unavailable` from every method while the broker cannot be worked with.
 */
export class RabbitmqTaskQueue implements TaskQueue {
  readonly #topology: Topology;
  readonly #clock: () => number;
  readonly #logger: Logger;
  /** Publishing has a connection of its own: the broker stops reading from one that publishes too much, acknowledgements and all. */
  readonly #publishing: BrokerLink;
  readonly #working: BrokerLink;
  readonly #publisher: Publisher;
  readonly #channels: WorkChannels;
  readonly #directory: LaneDirectory;
  readonly #sender: TaskSender;
  readonly #held: HeldMessages;
  readonly #deliveries: Deliveries;
  readonly #lanes: LaneTable;
  readonly #counts: QueueCounts;
  readonly #watch: LaneWatch;
  #closing: Promise<void> | undefined;

  private constructor(options: RabbitmqTaskQueueOptions) {
    const { url, prefix = 'runyard', publishTimeoutMs, holdMs = 600_000 } = options;
    const { clock = Date.now, logger = silentLogger } = options;
    this.#clock = clock;
    this.#logger = logger;
    const topology = (this.#topology = new Topology(prefix));
    const publishing = { url, name: `${prefix} publisher`, logger: logger.child({ link: 'publish' }) };
    this.#publishing = new BrokerLink(publishing);
    const working = { url, name: `${prefix} consumer`, logger: logger.child({ link: 'work' }) };
    const link = (this.#working = new BrokerLink(working));
    const publisher = (this.#publisher = new Publisher({
      link: this.#publishing,
      ...(publishTimeoutMs !== undefined && { timeoutMs: publishTimeoutMs }),
    }));
    const channels = (this.#channels = new WorkChannels(link, WORK_CHANNELS, logger));
    this.#directory = new LaneDirectory({
      link,
      publisher,
      topology,
      logger,
      onLane: (lane) => this.#lanes.add(lane),
    });
    this.#sender = new TaskSender({ topology, directory: this.#directory, publisher });
    this.#held = new HeldMessages({ holdMs, publisher, link, topology, logger });
    this.#deliveries = new Deliveries({ held: this.#held, sender: this.#sender, clock });
    this.#lanes = new LaneTable({
      topology,
      channels,
      reader: new MessageReader({ topology, publisher, logger }),
      giveBack: (arrivals) => this.#deliveries.giveBack(arrivals),
      logger,
    });
    const counts = (this.#counts = new QueueCounts(link));
    this.#watch = new LaneWatch({ lanes: this.#lanes, link, counts, channels, logger });
  }

  /**
   * Connects and declares what is shared. A broker that is not there yet is waited for.
   * @throws RunyardError `queue_mismatch`; `queue_unavailable` when the broker does not come in `startTimeoutMs`;
   *   `invalid_config` when it refuses user, password or vhost
   */
  static async open(options: RabbitmqTaskQueueOptions): Promise<RabbitmqTaskQueue> {
    const queue = new RabbitmqTaskQueue(options);
    try {
      await queue.#start(options.startTimeoutMs ?? 0);
      return queue;
    } catch (error) {
      await queue.close();
      throw error;
    }
  }

  async publish(message: QueueMessage): Promise<void> {
    const now = this.#clock();
    const delayMs = message.availableAt === undefined ? 0 : message.availableAt - now;
    await this.#sender.send({ message, publishedAt: now, lostDeliveries: 0, fresh: true }, delayMs);
  }

  async claim(demands: readonly LaneDemand[]): Promise<Delivery[]> {
    if (this.#closing) return [];
    if (!this.#working.isOpen) throw disconnected();
    const claims = demands.map(
      async ({ algorithm, max }) => (await this.#lanes.get(algorithm)?.claim(Math.floor(max))) ?? [],
    );
    const arrivals = (await Promise.all(claims)).flat();
    const deliveries = await Promise.all(arrivals.map((arrival) => this.#deliveries.deliver(arrival)));
    return deliveries.filter((delivery) => delivery !== undefined);
  }

  /** Nothing can be taken from the middle of a broker's queue: the message is delivered, and dropped by its reader. */
  remove(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async readyLanes(): Promise<string[]> {
    await this.#directory.whenLoaded();
    return this.#watch.findReady();
  }

  onReady(listener: (algorithm: string) => void): () => void {
    this.#watch.start();
    return this.#lanes.onReady(listener);
  }

  async depths(): Promise<LaneDepth[]> {
    await this.#directory.whenLoaded();
    const held = this.#held.countByAlgorithm();
    const depths = await Promise.all(
      this.#lanes.list().map(async ({ algorithm, queues }) => {
        const counts = await Promise.all(queues.map(({ name }) => this.#counts.count(name)));
        const ready = counts.reduce((sum, count) => sum + count, 0);
        return { algorithm, ready, claimed: held.get(algorithm) ?? 0 };
      }),
    );
    return depths.filter(({ ready, claimed }) => ready + claimed > 0);
  }

  /** Both connections: a broker that takes no messages for the moment still gives out those it has. */
  async check(): Promise<void> {
    if (!this.#working.isOpen || !this.#publishing.isOpen) throw disconnected();
    await this.#working.withChannel((channel) => channel.checkQueue(this.#topology.rejected));
  }

  close({ release = true }: { release?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(release);
    return this.#closing;
  }

  async #start(timeoutMs: number): Promise<void> {
    const links = [this.#publishing, this.#working];
    const opened = Promise.all(links.map((link) => firstOpening(link, timeoutMs)));
    await Promise.all(links.map((link) => link.start()));
    await opened;
    await this.#declare();
    this.#working.on('open', () => void this.#reopen());
    this.#working.on('lost', () => this.#held.forget());
    await this.#directory.follow();
  }

  async #declare(): Promise<void> {
    try {
      await this.#working.withChannel((channel) => this.#topology.declare(channel));
    } catch (error) {
      throw describeDeclaration(error);
    }
  }

  /** After a lost connection: the broker has given what was held to others, and knows nothing of what we waited for. */
  async #reopen(): Promise<void> {
    try {
      await this.#declare();
      await this.#directory.declareAll();
      await this.#directory.follow();
    } catch (error) {
      this.#logger.error({ err: error }, `the queues could not be declared again: ${describeError(error)}`);
    }
    this.#lanes.listen();
  }

  async #close(release: boolean): Promise<void> {
    this.#lanes.silence();
    this.#watch.close();
    const unclaimed = await this.#lanes.close();
    if (release && this.#working.isOpen) {
      const back = [this.#deliveries.giveBack(unclaimed), this.#deliveries.releaseAll()];
      const failed = (await Promise.allSettled(back)).find((result) => result.status === 'rejected');
      const message = 'what was held could not be given back; the broker will';
      if (failed) this.#logger.warn({ err: failed.reason as unknown }, message);
    }
    if (release) await this.#channels.close();
    this.#held.close();
    this.#publisher.close();
    await Promise.all([this.#working.close(), this.#publishing.close()]);
  }
}
