import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
/** Class and method of `basic.deliver`. */
const DELIVER = 0x003c_003c;

/** Stands between a client and its broker, and can keep deliveries from it while everything else goes through. */
export class AmqpProxy {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Deliveries on connections that are open now are swallowed; those that come later hear. */
  #deaf = new Set<Socket>();

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async create(brokerUrl: string): Promise<AmqpProxy> {
    const target = new URL(brokerUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(brokerUrl);
    url.port = String((server.address() as AddressInfo).port);
    const proxy = new AmqpProxy(url.href, server);
    server.on('connection', (client) => proxy.#join(client, connect(Number(target.port), target.hostname)));
    return proxy;
  }

  swallowDeliveries(): void {
    this.#deaf = new Set(this.#sockets);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket, broker: Socket): void {
    this.#sockets.add(client);
    const frames = new FrameFilter(
      () => this.#deaf.has(client),
      (data) => client.write(data),
    );
    client.on('data', (data) => broker.write(data));
    broker.on('data', (data) => frames.push(data));
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('close', () => {
        other.destroy();
        this.#sockets.delete(client);
      });
      one.on('error', () => other.destroy());
    }
  }
}

/** Passes frames on, but for deliveries with their headers and bodies while `isDeaf`. */
class FrameFilter {
  readonly #isDeaf: () => boolean;
  readonly #pass: (data: Buffer) => void;
  readonly #swallowing = new Set<number>();
  #buffer = Buffer.alloc(0);

  constructor(isDeaf: () => boolean, pass: (data: Buffer) => void) {
    this.#isDeaf = isDeaf;
    this.#pass = pass;
  }

  push(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    while (this.#buffer.length >= 8) {
      const length = 8 + this.#buffer.readUInt32BE(3);
      if (this.#buffer.length < length) return;
      const frame = this.#buffer.subarray(0, length);
      this.#buffer = this.#buffer.subarray(length);
      if (!this.#isSwallowed(frame)) this.#pass(Buffer.from(frame));
    }
  }

  #isSwallowed(frame: Buffer): boolean {
    const [type, channel] = [frame.readUInt8(0), frame.readUInt16BE(1)];
    if (type === METHOD) {
      const isDelivery = frame.readUInt32BE(7) === DELIVER;
      if (isDelivery && this.#isDeaf()) this.#swallowing.add(channel);
      else this.#swallowing.delete(channel);
    }
    return this.#swallowing.has(channel) && (type === METHOD || type === HEADER || type === BODY);
  }
}
