import { connect, type Channel, type ChannelModel, type Options } from 'amqplib';

/** The broker as a test sees it, beside the programs under test. */
export class QueueClient {
  readonly #connection: ChannelModel;
  readonly #queue: string;

  private constructor(connection: ChannelModel, queue: string) {
    this.#connection = connection;
    this.#queue = queue;
  }

  static async open(url: string, queue: string): Promise<QueueClient> {
    const connection = await connect(url);
    // Brokers are stopped under it.
    connection.on('error', () => undefined);
    return new QueueClient(connection, queue);
  }

  /** As the original programs do. */
  declare(options: Options.AssertQueue = { durable: false }): Promise<void> {
    return this.#with(async (channel) => {
      await channel.assertQueue(this.#queue, options);
    });
  }

  /** Without properties, confirmed by the broker; an object is sent as JSON. */
  async send(...bodies: unknown[]): Promise<void> {
    const channel = await this.#connection.createConfirmChannel();
    for (const body of bodies) channel.sendToQueue(this.#queue, encode(body));
    await channel.waitForConfirms();
    await channel.close();
  }

  async sendTraced(body: unknown, traceparent: string): Promise<void> {
    await this.#with(async (channel) => {
      channel.sendToQueue(this.#queue, encode(body), { headers: { traceparent } });
    });
  }

  /** Messages that nobody has. */
  count(): Promise<number> {
    return this.#with(async (channel) => (await channel.checkQueue(this.#queue)).messageCount);
  }

  consumers(): Promise<number> {
    return this.#with(async (channel) => (await channel.checkQueue(this.#queue)).consumerCount);
  }

  delete(): Promise<void> {
    return this.#with(async (channel) => {
      await channel.deleteQueue(this.#queue);
    });
  }

  async close(): Promise<void> {
    // A broker that is away cannot be said goodbye to.
    await this.#connection.close().catch(() => undefined);
  }

  async #with<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.#connection.createChannel();
    channel.on('error', () => undefined);
    const result = await work(channel);
    await channel.close();
    return result;
  }
}

function encode(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}
