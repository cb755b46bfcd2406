import type { Channel } from 'amqplib';
import type { BrokerLink } from './broker-link.js';

/** Questions under way at once: as many channels are kept for them. */
const AT_ONCE = 8;

/** Asks the broker how many messages are ready in its queues, over a few channels, however many queues there are. */
export class QueueCounts {
  readonly #link: BrokerLink;
  #idle: Channel[] = [];
  #asking = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(link: BrokerLink) {
    this.#link = link;
    link.on('lost', () => (this.#idle = []));
  }

  /** None when there is no such queue. @throws when there is no connection */
  async count(queue: string): Promise<number> {
    while (this.#asking >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#asking += 1;
    try {
      return await this.#ask(queue);
    } finally {
      this.#asking -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** One question at a time over each channel: the broker ends it when there is no such queue. */
  async #ask(queue: string): Promise<number> {
    const channel = this.#idle.pop() ?? (await this.#open());
    try {
      const { messageCount } = await channel.checkQueue(queue);
      this.#idle.push(channel);
      return messageCount;
    } catch (error) {
      if ((error as { code?: unknown }).code === 404) return 0;
      throw error;
    }
  }

  async #open(): Promise<Channel> {
    const channel = await this.#link.openChannel();
    channel.on('close', () => (this.#idle = this.#idle.filter((one) => one !== channel)));
    return channel;
  }
}
