import { randomUUID } from 'node:crypto';
import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { BrokerLink } from './broker-link.js';
import type { Arrival } from './lane-queue.js';
import type { Publisher } from './publisher.js';
import { encodeTaskMessage } from './task-message.js';
import { laneKey, type Topology } from './topology.js';

/** A message that this consumer has claimed. */
export interface Held {
  arrival: Arrival;
  /** Since when the broker has been waiting for its acknowledgement, by the clock of `performance`. */
  heldAt: number;
  state: 'held' | 'releasing' | 'settled';
  /** A queue of its own, once it was held for long. */
  holdQueue: string | undefined;
}

export interface HeldMessagesOptions {
  holdMs: number;
  publisher: Publisher;
  link: BrokerLink;
  topology: Topology;
  logger: Logger;
}

/**
 * What this consumer holds. The broker ends the channel of a consumer that holds a message for too long, so a long run's
 * message is exchanged for a copy: put into a queue of its own, taken out at once, and the old one acknowledged. When this
 * process dies the copy returns to that queue, has expired there, and moves on to its lane.
 */
export class HeldMessages {
  readonly #options: HeldMessagesOptions;
  readonly #held = new Set<Held>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HeldMessagesOptions) {
    this.#options = options;
  }

  hold(arrival: Arrival): Held {
    const held: Held = { arrival, heldAt: arrival.arrivedAt, state: 'held', holdQueue: undefined };
    this.#held.add(held);
    this.#timer ??= setInterval(() => this.#renewOld(), Math.max(50, this.#options.holdMs / 10)).unref();
    return held;
  }

  list(): Held[] {
    return [...this.#held].filter(({ state }) => state === 'held');
  }

  /** How many there are of each algorithm. */
  countByAlgorithm(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { arrival } of this.#held) {
      const { algorithm } = arrival.task.message;
      counts.set(algorithm, (counts.get(algorithm) ?? 0) + 1);
    }
    return counts;
  }

  /** Acknowledges it. False when it was settled before, or its channel is gone and the broker has given it to others. */
  settle(held: Held): boolean {
    if (held.state !== 'held') return false;
    held.state = 'settled';
    this.#held.delete(held);
    const done = held.arrival.channel.ack(held.arrival.raw);
    if (held.holdQueue !== undefined) this.#deleteQueue(held.holdQueue);
    return done;
  }

  /** From here nobody else settles it. False when somebody has, or its channel is gone. */
  beginRelease(held: Held): boolean {
    if (held.state !== 'held' || !held.arrival.channel.isOpen) return false;
    held.state = 'releasing';
    return true;
  }

  takeBack(held: Held): void {
    held.state = 'held';
  }

  /** The connection is gone, and with it everything held. */
  forget(): void {
    this.#held.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#held.clear();
  }

  #renewOld(): void {
    const { holdMs, logger } = this.#options;
    const before = performance.now() - holdMs;
    for (const held of this.#held) {
      if (held.state !== 'held' || held.heldAt > before) continue;
      held.heldAt = performance.now();
      this.#renew(held).catch((error: unknown) =>
        logger.warn(
          { err: error, task: held.arrival.task.message.id },
          `the message of a long run could not be renewed; trying again: ${describeError(error)}`,
        ),
      );
    }
  }

  async #renew(held: Held): Promise<void> {
    const { publisher, link } = this.#options;
    const { task, channel } = held.arrival;
    const queue = held.holdQueue ?? (await this.#declareQueue(held));
    // Whoever gets this copy gets it because this process is gone.
    const copy = { ...task, fresh: false, lostDeliveries: task.lostDeliveries + 1 };
    await publisher.publish({ exchange: '', routingKey: queue, ...encodeTaskMessage(copy) });
    if (!link.isOpen || !channel.isOpen) return;
    const raw = await channel.get(queue);
    if (!raw) throw new Error(`the copy in ${queue} is not there any more`);
    const old = held.arrival.raw;
    held.arrival = { ...held.arrival, raw };
    channel.ack(old);
    // It was settled meanwhile: the copy is one too many.
    if (held.state === 'settled') channel.ack(raw);
  }

  async #declareQueue(held: Held): Promise<string> {
    const { topology, link, holdMs } = this.#options;
    const { algorithm, priority } = held.arrival.task.message;
    const name = topology.hold(randomUUID());
    await link.withChannel((channel) =>
      channel.assertQueue(name, {
        durable: true,
        arguments: {
          // Taken out within moments; what comes back later comes from a process that died.
          'x-message-ttl': Math.max(1_000, Math.floor(holdMs / 2)),
          'x-dead-letter-exchange': topology.due,
          'x-dead-letter-routing-key': laneKey({ algorithm, priority }),
          // Each renewal counts as use.
          'x-expires': holdMs * 4,
        },
      }),
    );
    held.holdQueue = name;
    return name;
  }

  #deleteQueue(name: string): void {
    const { link, logger } = this.#options;
    link
      .withChannel((channel) => channel.deleteQueue(name))
      .catch((error: unknown) =>
        logger.debug({ err: error }, `${name} could not be deleted; it expires by itself`),
      );
  }
}
