import type { ConsumeMessage, GetMessage } from 'amqplib';
import type { TaskMessage } from './task-message.js';
import type { WorkChannel } from './work-channels.js';

/** A message that has come and is not settled. */
export interface Arrival {
  task: TaskMessage;
  raw: ConsumeMessage | GetMessage;
  channel: WorkChannel;
  /** What it came by; undefined when it was fetched. */
  subscription: Subscription | undefined;
  arrivedAt: number;
}

/** Messages that the broker pushes without being asked for each. */
export interface Subscription {
  channel: WorkChannel;
  prefetch: number;
  /** Of its messages, those not settled. */
  unsettled: number;
}

/** A message is settled: the broker pushes the next one of its subscription. */
export function noteSettled({ subscription }: Arrival): void {
  if (subscription) subscription.unsettled -= 1;
}

export interface LaneQueueOptions {
  name: string;
  priority: number;
  openChannel: () => Promise<WorkChannel>;
  /** Reads a message; one that cannot be read is put away, and undefined comes back. */
  read: (raw: ConsumeMessage | GetMessage, channel: WorkChannel) => TaskMessage | undefined;
  /** Something was delivered. */
  onArrival: () => void;
  /** What was delivered or subscribed is void: the channel or the queue is gone. */
  onVoid: () => void;
}

/** More small subscriptions than this are replaced by one. */
const MAX_SUBSCRIPTIONS = 4;

/**
 * One queue of the broker as seen by one consumer. The broker pushes as many messages as this consumer has asked for and
 * not settled: a subscription is made when more is asked for, and stays, so that each acknowledgement brings the next.
 */
export class LaneQueue {
  readonly name: string;
  readonly priority: number;
  readonly arrivals: Arrival[] = [];
  readonly #options: LaneQueueOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  /** Subscriptions are made one after the other. */
  #subscribing: Promise<void> = Promise.resolve();
  /** Asked for and not yet subscribed. */
  #wanted = 0;
  lastDeliveryAt = 0;

  constructor(options: LaneQueueOptions) {
    this.#options = options;
    this.name = options.name;
    this.priority = options.priority;
  }

  /** Messages that the broker would push now if it had them. */
  get room(): number {
    let room = this.#wanted;
    for (const { prefetch, unsettled } of this.#subscriptions.values())
      room += Math.max(0, prefetch - unsettled);
    return room;
  }

  get isSubscribed(): boolean {
    return this.#subscriptions.size > 0;
  }

  /** The channels its subscriptions are on. */
  get channels(): WorkChannel[] {
    return [...this.#subscriptions.values()].map(({ channel }) => channel);
  }

  /** Has up to `count` more pushed than have come. @throws when the broker refuses */
  async want(count: number): Promise<void> {
    const missing = count - this.room;
    if (missing <= 0) return;
    this.#wanted += missing;
    const subscribing = this.#subscribing.then(async () => {
      try {
        await this.#subscribe(missing);
      } finally {
        this.#wanted -= missing;
      }
    });
    // The failure is its caller's, not the next one's.
    this.#subscribing = subscribing.catch(() => undefined);
    await subscribing;
  }

  /** Fetches one, if there is one. @throws when the broker refuses */
  async fetch(): Promise<Arrival | undefined> {
    const channel = await this.#options.openChannel();
    for (;;) {
      const raw = await channel.get(this.name);
      if (!raw) return undefined;
      const task = this.#options.read(raw, channel);
      if (task) return { task, raw, channel, subscription: undefined, arrivedAt: performance.now() };
    }
  }

  /** Asks for nothing more; what has come stays. */
  async unsubscribe(): Promise<void> {
    await this.#subscribing;
    const subscriptions = [...this.#subscriptions];
    this.#subscriptions.clear();
    await Promise.all(
      // One whose channel is gone has ended with it.
      subscriptions.map(([tag, { channel }]) => channel.cancel(tag).catch(() => undefined)),
    );
  }

  async #subscribe(prefetch: number): Promise<void> {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) await this.#merge();
    const channel = await this.#options.openChannel();
    const subscription: Subscription = { channel, prefetch, unsettled: 0 };
    const tag = await channel.consume(this.name, prefetch, (message, of) => {
      if (message) this.#onMessage(message, subscription);
      else this.#onCancelled(of);
    });
    if (!channel.isOpen) return;
    this.#subscriptions.set(tag, subscription);
    channel.once('closed', () => this.#onClosed(channel));
  }

  /** Their unsettled messages go on; the room they had is asked for anew by whoever needs it. */
  async #merge(): Promise<void> {
    const old = [...this.#subscriptions];
    this.#subscriptions.clear();
    for (const [tag, { channel }] of old) await channel.cancel(tag);
  }

  #onMessage(raw: ConsumeMessage, subscription: Subscription): void {
    this.lastDeliveryAt = performance.now();
    const { channel } = subscription;
    const task = this.#options.read(raw, channel);
    if (!task) return;
    subscription.unsettled += 1;
    this.arrivals.push({ task, raw, channel, subscription, arrivedAt: this.lastDeliveryAt });
    this.#options.onArrival();
  }

  /** The broker ended the subscription: the queue was deleted, or moved. */
  #onCancelled(tag: string): void {
    this.#subscriptions.delete(tag);
    this.#options.onVoid();
  }

  #onClosed(channel: WorkChannel): void {
    for (const [tag, subscription] of this.#subscriptions) {
      if (subscription.channel === channel) this.#subscriptions.delete(tag);
    }
    const kept = this.arrivals.filter((arrival) => arrival.channel !== channel);
    this.arrivals.splice(0, this.arrivals.length, ...kept);
    this.#options.onVoid();
  }
}
