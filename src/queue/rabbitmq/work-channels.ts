import { EventEmitter } from 'node:events';
import type { Channel, ConsumeMessage, GetMessage } from 'amqplib';
import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';
import type { BrokerLink } from './broker-link.js';

/** Messages come from a channel and can be acknowledged on that one only, for as long as it lives. */
export class WorkChannel extends EventEmitter<{ closed: [] }> {
  readonly #channel: Channel;
  readonly #link: BrokerLink;
  isOpen = true;
  /** Messages that came over it and are not acknowledged. */
  #unsettled = 0;
  #retired = false;

  constructor(channel: Channel, link: BrokerLink) {
    super();
    this.setMaxListeners(0);
    this.#channel = channel;
    this.#link = link;
    channel.on('close', () => {
      this.isOpen = false;
      this.emit('closed');
    });
  }

  /** Has up to `prefetch` messages delivered; gives the name of the subscription. The listener gets null when the broker ends it. */
  async consume(
    queue: string,
    prefetch: number,
    onMessage: (message: ConsumeMessage | null, tag: string) => void,
  ): Promise<string> {
    // Asked for in one go: the broker answers in order, and the limit holds for what is consumed after it.
    const limited = this.#channel.prefetch(prefetch);
    let tag = '';
    const consuming = this.#channel.consume(queue, (message) => {
      if (message) this.#unsettled += 1;
      onMessage(message, message?.fields.consumerTag ?? tag);
    });
    [, { consumerTag: tag }] = await Promise.all([limited, consuming]);
    return tag;
  }

  async cancel(tag: string): Promise<void> {
    await this.#channel.cancel(tag);
  }

  async get(queue: string): Promise<GetMessage | undefined> {
    const message = await this.#channel.get(queue);
    if (message === false) return undefined;
    this.#unsettled += 1;
    return message;
  }

  /** Messages ready in a queue, by the word of the channel that work comes over. */
  async count(queue: string): Promise<number> {
    return (await this.#channel.checkQueue(queue)).messageCount;
  }

  /** False when it is too late. */
  ack(message: ConsumeMessage | GetMessage): boolean {
    if (!this.isOpen) return false;
    this.#link.gather();
    try {
      this.#channel.ack(message);
    } catch {
      // It ended in this very moment.
      return false;
    }
    this.#unsettled -= 1;
    if (this.#retired && this.#unsettled === 0) void this.close();
    return true;
  }

  /** Closes it as soon as everything that came over it is acknowledged; what went missing on the way goes back to its queue then. */
  retire(): void {
    this.#retired = true;
    if (this.#unsettled === 0) void this.close();
  }

  async close(): Promise<void> {
    // One that the broker has ended already needs no closing.
    await this.#channel.close().catch(() => undefined);
  }
}

/** A few channels that all lanes share: one that the broker ends takes only its own lanes' messages with it. */
export class WorkChannels {
  readonly #link: BrokerLink;
  readonly #size: number;
  readonly #logger: Logger;
  readonly #channels: (Promise<WorkChannel> | undefined)[] = [];

  constructor(link: BrokerLink, size: number, logger: Logger) {
    this.#link = link;
    this.#size = size;
    this.#logger = logger;
    link.on('lost', () => (this.#channels.length = 0));
  }

  /** The channel for the lane of this number. @throws when there is no connection */
  get(number: number): Promise<WorkChannel> {
    const index = number % this.#size;
    return (this.#channels[index] ??= this.#open(index));
  }

  /** Ends them in order, so that the broker has read every acknowledgement before. */
  async close(): Promise<void> {
    await Promise.all(
      this.#channels.map(async (opening) => {
        // One that could not be opened needs no closing.
        const channel = await opening?.catch(() => undefined);
        await channel?.close();
      }),
    );
  }

  /** Lets a channel go that does not do its work: what is held on it can still be acknowledged, new work comes over another. */
  async abandon(channel: WorkChannel): Promise<void> {
    for (const [index, known] of this.#channels.entries()) {
      if ((await known) === channel) this.#channels[index] = undefined;
    }
    channel.retire();
  }

  async #open(index: number): Promise<WorkChannel> {
    try {
      const channel = new WorkChannel(await this.#link.openChannel(), this.#link);
      const opened = this.#channels[index];
      channel.once('closed', () => {
        if (this.#channels[index] === opened) this.#channels[index] = undefined;
      });
      return channel;
    } catch (error) {
      this.#channels[index] = undefined;
      this.#logger.debug(
        { err: error },
        `a channel to the broker could not be opened: ${describeError(error)}`,
      );
      throw error;
    }
  }
}
