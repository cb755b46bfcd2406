import type { ConsumeMessage, GetMessage } from 'amqplib';
import { describeError, RunyardError } from '../../errors/index.js';
import { silentLogger, type Logger } from '../../telemetry/index.js';
import type { Delivery, LaneDemand, LaneDepth, QueueMessage, TaskQueue } from '../task-queue.js';
import { BrokerLink } from './broker-link.js';
import { MAX_DELAY_MS, routeDelay } from './delay-key.js';
import { HeldMessages, type Held } from './held-messages.js';
import { Lane } from './lane.js';
import { LaneDirectory } from './lane-directory.js';
import { LaneQueue, type Arrival } from './lane-queue.js';
import { LaneWatch } from './lane-watch.js';
import { Publisher, UnroutableError, type Outgoing } from './publisher.js';
import { decodeTaskMessage, encodeTaskMessage, type TaskMessage } from './task-message.js';
import { explainMismatch, laneKey, Topology, type LaneName } from './topology.js';
import { WorkChannels, type WorkChannel } from './work-channels.js';

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
  readonly #held: HeldMessages;
  readonly #watch: LaneWatch;
  readonly #lanes = new Map<string, Lane>();
  readonly #listeners = new Set<(algorithm: string) => void>();
  #queueCount = 0;
  #closing: Promise<void> | undefined;

  private constructor(options: RabbitmqTaskQueueOptions) {
    const {
      url,
      prefix = 'runyard',
      publishTimeoutMs,
      holdMs = 600_000,
      clock = Date.now,
      logger = silentLogger,
    } = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#topology = new Topology(prefix);
    this.#publishing = new BrokerLink({
      url,
      name: `${prefix} publisher`,
      logger: logger.child({ link: 'publish' }),
    });
    this.#working = new BrokerLink({
      url,
      name: `${prefix} consumer`,
      logger: logger.child({ link: 'work' }),
    });
    this.#publisher = new Publisher({
      link: this.#publishing,
      ...(publishTimeoutMs !== undefined && { timeoutMs: publishTimeoutMs }),
    });
    this.#channels = new WorkChannels(this.#working, WORK_CHANNELS, logger);
    this.#directory = new LaneDirectory({
      link: this.#working,
      publisher: this.#publisher,
      topology: this.#topology,
      logger,
      onLane: (lane) => this.#addLane(lane),
    });
    this.#held = new HeldMessages({
      holdMs,
      publisher: this.#publisher,
      link: this.#working,
      topology: this.#topology,
      logger,
    });
    this.#watch = new LaneWatch({
      lanes: () => [...this.#lanes.values()],
      link: this.#working,
      channels: this.#channels,
      isHeard: () => this.#listeners.size > 0,
      onReady: (algorithm) => this.#tell(algorithm),
      logger,
    });
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
    const delayMs = message.availableAt === undefined ? 0 : message.availableAt - this.#clock();
    const task: TaskMessage = { message, publishedAt: this.#clock(), lostDeliveries: 0, fresh: true };
    await this.#send(task, delayMs);
  }

  async claim(demands: readonly LaneDemand[]): Promise<Delivery[]> {
    if (this.#closing) return [];
    if (!this.#working.isOpen) throw disconnected();
    const claims = demands.map(
      async ({ algorithm, max }) => (await this.#lanes.get(algorithm)?.claim(Math.floor(max))) ?? [],
    );
    const arrivals = (await Promise.all(claims)).flat();
    const deliveries = await Promise.all(arrivals.map((arrival) => this.#deliver(arrival)));
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
    const registered = (algorithm: string): void => listener(algorithm);
    this.#listeners.add(registered);
    this.#watch.start();
    for (const lane of this.#lanes.values()) lane.listen();
    return () => this.#listeners.delete(registered);
  }

  async depths(): Promise<LaneDepth[]> {
    await this.#directory.whenLoaded();
    const depths = await Promise.all([...this.#lanes.values()].map((lane) => this.#measure(lane)));
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
    const opened = Promise.all(
      [this.#publishing, this.#working].map((link) => firstOpening(link, timeoutMs)),
    );
    await Promise.all([this.#publishing.start(), this.#working.start()]);
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
      throw explainMismatch(error) ?? describeDeclaration(error);
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
    if (this.#listeners.size > 0) for (const lane of this.#lanes.values()) lane.listen();
  }

  async #close(release: boolean): Promise<void> {
    this.#listeners.clear();
    this.#watch.close();
    const unclaimed = await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    if (release && this.#working.isOpen) {
      const back = [
        ...unclaimed.flat().map((arrival) => this.#giveBack(arrival)),
        ...this.#held.list().map((held) => this.#release(held, 0, true)),
      ];
      const results = await Promise.allSettled(back);
      const failed = results.find((result) => result.status === 'rejected');
      if (failed)
        this.#logger.warn(
          { err: failed.reason as unknown },
          'what was held could not be given back; the broker will',
        );
    }
    if (release) await this.#channels.close();
    this.#held.close();
    this.#publisher.close();
    await Promise.all([this.#working.close(), this.#publishing.close()]);
  }

  #addLane({ algorithm, priority }: LaneName): void {
    if (this.#closing) return;
    let lane = this.#lanes.get(algorithm);
    if (!lane) {
      lane = new Lane({
        algorithm,
        createQueue: (of, events) => this.#createQueue({ algorithm, priority: of }, events),
        onReady: (name) => this.#tell(name),
        giveBack: async (arrivals) => {
          await Promise.all(arrivals.map((arrival) => this.#giveBack(arrival)));
        },
        onError: (error) =>
          this.#logger.debug({ err: error, algorithm }, `a lane could not be read: ${describeError(error)}`),
      });
      this.#lanes.set(algorithm, lane);
    }
    lane.addPriority(priority);
    if (this.#listeners.size > 0) lane.listen();
  }

  #createQueue(name: LaneName, events: { onArrival: () => void; onVoid: () => void }): LaneQueue {
    const number = this.#queueCount++;
    return new LaneQueue({
      name: this.#topology.lane(name),
      priority: name.priority,
      openChannel: () => this.#channels.get(number),
      read: (raw, channel) => this.#read(raw, channel),
      ...events,
    });
  }

  #tell(algorithm: string): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(algorithm);
      } catch (error) {
        // A listener's fault must not keep the others from hearing.
        this.#logger.error({ err: error }, 'a listener to ready lanes failed');
      }
    }
  }

  #read(raw: ConsumeMessage | GetMessage, channel: WorkChannel): TaskMessage | undefined {
    try {
      return decodeTaskMessage(raw.content, raw.properties, raw.fields.redelivered);
    } catch (error) {
      void this.#reject(raw, channel, describeError(error));
      return undefined;
    }
  }

  /** Kept with its reason where somebody can look at it, out of everyone's way. */
  async #reject(raw: ConsumeMessage | GetMessage, channel: WorkChannel, reason: string): Promise<void> {
    this.#logger.error(`a message cannot be read and is put into ${this.#topology.rejected}: ${reason}`);
    const properties = {
      persistent: true,
      headers: { ...raw.properties.headers, 'x-runyard-reason': reason },
    };
    const outgoing = { exchange: '', routingKey: this.#topology.rejected, content: raw.content, properties };
    try {
      await this.#publisher.publish(outgoing);
      channel.ack(raw);
    } catch (error) {
      // Not acknowledged: the broker delivers it again after this channel, and it is put away then.
      this.#logger.error({ err: error }, `it could not be put away: ${describeError(error)}`);
    }
  }

  async #deliver(arrival: Arrival): Promise<Delivery | undefined> {
    const { task } = arrival;
    const held = this.#held.hold(arrival);
    const { availableAt } = task.message;
    const leftMs = availableAt === undefined ? 0 : availableAt - this.#clock();
    if (availableAt !== undefined && leftMs > MAX_CLOCK_SKEW_MS) {
      // It was to wait longer than one passage allows.
      await this.#send({ ...task, fresh: task.fresh }, leftMs);
      this.#settle(held);
      return undefined;
    }
    return {
      message: task.message,
      lostDeliveries: task.lostDeliveries,
      fresh: task.fresh,
      ack: () => Promise.resolve(this.#settle(held)),
      release: (delayMs, options) => this.#release(held, delayMs, options?.unsettled ?? false),
    };
  }

  #settle(held: Held): boolean {
    if (!this.#held.settle(held)) return false;
    this.#noteSettled(held.arrival);
    return true;
  }

  #noteSettled({ task, tag }: Arrival): void {
    const { algorithm, priority } = task.message;
    const queue = this.#lanes.get(algorithm)?.queues.find((one) => one.priority === priority);
    queue?.noteSettled(tag);
  }

  async #release(held: Held, delayMs: number, unsettled: boolean): Promise<boolean> {
    if (!this.#held.beginRelease(held)) return false;
    const { task } = held.arrival;
    const { availableAt: _over, ...message } = task.message;
    const again = delayMs > MAX_DELAY_MS ? { availableAt: this.#clock() + delayMs } : {};
    try {
      await this.#send({ ...task, message: { ...message, ...again }, fresh: !unsettled }, delayMs);
    } catch (error) {
      this.#held.takeBack(held);
      throw error;
    }
    this.#held.takeBack(held);
    return this.#settle(held);
  }

  /** A message that was pushed and never claimed: it goes on as it was. */
  async #giveBack(arrival: Arrival): Promise<void> {
    if (!arrival.channel.isOpen) return;
    await this.#send(arrival.task, 0);
    if (arrival.channel.ack(arrival.raw)) this.#noteSettled(arrival);
  }

  async #send(task: TaskMessage, delayMs: number): Promise<void> {
    const { algorithm, priority } = task.message;
    const lane = { algorithm, priority };
    const outgoing = this.#address(task, lane, delayMs);
    try {
      await this.#directory.ensure(lane);
      await this.#publisher.publish(outgoing);
    } catch (error) {
      if (!(error instanceof UnroutableError)) throw asUnavailable(error);
      // Somebody deleted the lane's queue.
      await this.#directory.declare(lane);
      await this.#publisher.publish(outgoing);
    }
  }

  #address(task: TaskMessage, lane: LaneName, delayMs: number): Outgoing {
    const encoded = encodeTaskMessage(task);
    const route = routeDelay(delayMs);
    if (!route) return { exchange: '', routingKey: this.#topology.lane(lane), ...encoded };
    return {
      exchange: this.#topology.delay(route.step),
      routingKey: `${route.bits}.${laneKey(lane)}`,
      ...encoded,
    };
  }

  async #measure({ algorithm, queues }: Lane): Promise<LaneDepth> {
    const counts = await Promise.all(queues.map(({ name }) => this.#watch.count(name)));
    const ready = counts.reduce((sum, count) => sum + count, 0);
    return { algorithm, ready, claimed: this.#held.count(algorithm) };
  }
}

/** Clocks of different machines may differ by this much; a message that is early by less is not sent back to wait. */
const MAX_CLOCK_SKEW_MS = 5_000;

/** Resolves at the first connection. Rejects when the time is over (0: never), and at once when the broker refuses the user. */
function firstOpening(link: BrokerLink, timeoutMs: number): Promise<void> {
  const end = timeoutMs === 0 ? Infinity : performance.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    const onFailed = (error: Error): void => {
      const refusal = explainRefusal(error);
      if (!refusal && performance.now() < end) return;
      link.off('failed', onFailed);
      reject(refusal ?? unreachable(error));
    };
    link.on('failed', onFailed);
    link.once('open', () => {
      link.off('failed', onFailed);
      resolve();
    });
  });
}

function explainRefusal(error: Error): RunyardError | undefined {
  const { message } = error;
  if (/ACCESS.REFUSED|403/i.test(message))
    return new RunyardError(
      'invalid_config',
      `The broker refuses user and password of queue.url (${message}). Expected a user that it knows: rabbitmqctl list_users`,
      { cause: error },
    );
  // The client library reads no reason here: the broker ends a connection whose vhost it does not open.
  if (/vhost|NOT.ALLOWED|530|got <ConnectionClose/i.test(message))
    return new RunyardError(
      'invalid_config',
      `The broker does not know the vhost of queue.url, or the user may not use it (${message}). Expected one of: rabbitmqctl list_vhosts`,
      { cause: error },
    );
  return undefined;
}

function describeDeclaration(error: unknown): RunyardError {
  if (error instanceof RunyardError) return error;
  return new RunyardError('queue_unavailable', `The queues could not be declared: ${describeError(error)}`, {
    cause: error,
  });
}

function asUnavailable(error: unknown): Error {
  if (error instanceof RunyardError) return error;
  return explainMismatch(error) ?? unreachable(error);
}

function unreachable(error: unknown): RunyardError {
  return new RunyardError('queue_unavailable', `The broker cannot be worked with: ${describeError(error)}`, {
    cause: error,
    retryAfterMs: 1_000,
  });
}

function disconnected(): RunyardError {
  return new RunyardError(
    'queue_unavailable',
    'There is no connection to the broker; it is being made again.',
    {
      retryAfterMs: 1_000,
    },
  );
}
