import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connect,
  type Channel,
  type ChannelModel,
  type ConfirmChannel,
  type RecoveringChannelModel,
} from 'amqplib';
import { describeError } from '../../errors/index.js';
import type { Logger } from '../../telemetry/index.js';

/** Longest wait for a connection to be closed in order. */
const GOODBYE_MS = 5_000;

export interface BrokerLinkOptions {
  /** `amqp://` or `amqps://` with user, password and vhost. */
  url: string;
  /** Shown in the broker's own lists. */
  name: string;
  logger: Logger;
}

interface BrokerLinkEvents {
  /** Connected, for the first time or again. */
  open: [];
  /** The connection is gone; every channel of it is void. */
  lost: [];
  /** An attempt to connect failed; another follows. */
  failed: [error: Error];
  /** The broker takes nothing more, and takes again. */
  blocked: [reason: string];
  unblocked: [];
}

const HEARTBEAT_SECONDS = 10;
const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 2_000;
/** A failure that lasts is told again after this. */
const REPEAT_MS = 30_000;

/** One connection to the broker that comes back by itself. */
export class BrokerLink extends EventEmitter<BrokerLinkEvents> {
  readonly #options: BrokerLinkOptions;
  #recovering: RecoveringChannelModel | undefined;
  #model: ChannelModel | undefined;
  #blockedBecause: string | undefined;
  #gathering = false;
  #closed = false;
  #lastFailure = { message: '', at: 0 };

  constructor(options: BrokerLinkOptions) {
    super();
    this.setMaxListeners(0);
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#model !== undefined;
  }

  /** Why the broker takes nothing at the moment, in its own words. */
  get blockedBecause(): string | undefined {
    return this.#blockedBecause;
  }

  /** Begins to connect; see the events. */
  async start(): Promise<void> {
    const { url, name, logger } = this.#options;
    const recovering = await connect(withHeartbeat(url), {
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: name },
      recovery: { waitForConnect: false, initialDelay: FIRST_WAIT_MS, maxDelay: LONGEST_WAIT_MS },
    });
    this.#recovering = recovering;
    recovering.on('connect', (model) => this.#onConnect(model));
    recovering.on('disconnect', (error) => this.#onDisconnect(error));
    recovering.on('connect-failed', (error) => {
      this.#logFailure(describeError(error));
      this.emit('failed', error);
    });
    recovering.on('blocked', (reason) => {
      this.#blockedBecause = reason;
      logger.warn(`the broker takes no messages: ${reason}`);
      this.emit('blocked', reason);
    });
    recovering.on('unblocked', () => this.#onUnblocked());
    // Each is followed by a disconnect, which says the same.
    recovering.on('error', (error) => logger.debug({ err: error }, 'the connection to the broker failed'));
  }

  /** @throws when it is not connected */
  async openChannel(): Promise<Channel> {
    return prepare(await this.#connected().createChannel());
  }

  /** @throws when it is not connected */
  async openConfirmChannel(): Promise<ConfirmChannel> {
    return prepare(await this.#connected().createConfirmChannel());
  }

  /** Runs something on a channel of its own, since the broker ends a channel on which something was refused. */
  async withChannel<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const channel = await this.openChannel();
    try {
      return await work(channel);
    } finally {
      // A refusal has closed it already.
      await channel.close().catch(() => undefined);
    }
  }

  /** Sends what is written in this turn of the event loop in one piece: a system call costs more than a message. */
  gather(): void {
    const stream = this.#stream;
    if (!stream || this.#gathering) return;
    this.#gathering = true;
    stream.cork();
    setImmediate(() => {
      this.#gathering = false;
      stream.uncork();
    });
  }

  /** Cuts a connection that answers no more; a new one follows. */
  cut(reason: string): void {
    this.#options.logger.warn(`cutting the connection to the broker: ${reason}`);
    this.#stream?.destroy(new Error(reason));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#model = undefined;
    // A broker that is away, or goes meanwhile, cannot be said goodbye to.
    const goodbye = this.#recovering?.close().catch(() => undefined);
    const given = new AbortController();
    const { signal } = given;
    await Promise.race([goodbye, delay(GOODBYE_MS, undefined, { signal }).catch(() => undefined)]);
    given.abort();
  }

  /** The client library keeps its socket to itself, and has no word for either of the two things it is needed for. */
  get #stream(): Socket | undefined {
    return (this.#model?.connection as { stream?: Socket } | undefined)?.stream;
  }

  #connected(): ChannelModel {
    if (this.#model === undefined) throw new Error('there is no connection to the broker');
    return this.#model;
  }

  #onConnect(model: ChannelModel): void {
    if (this.#closed) return;
    this.#model = model;
    this.#options.logger.info('connected to the broker');
    this.emit('open');
  }

  /** Once, and again when it lasts or becomes another one. */
  #logFailure(message: string): void {
    const now = performance.now();
    const isKnown = message === this.#lastFailure.message && now - this.#lastFailure.at < REPEAT_MS;
    if (isKnown) return;
    this.#lastFailure = { message, at: now };
    this.#options.logger.warn(`the broker cannot be reached: ${message}; trying again`);
  }

  #onDisconnect(error: Error): void {
    this.#model = undefined;
    this.#blockedBecause = undefined;
    if (this.#closed) return;
    this.#options.logger.warn(`the connection to the broker is lost: ${describeError(error)}`);
    this.emit('lost');
  }

  #onUnblocked(): void {
    this.#blockedBecause = undefined;
    this.#options.logger.info('the broker takes messages again');
    this.emit('unblocked');
  }
}

/** A channel's error is followed by its close, which its user listens to. */
function prepare<T extends Channel>(channel: T): T {
  channel.on('error', () => undefined);
  const close = channel.close.bind(channel);
  const gone = new Promise<void>((resolve) => channel.once('close', () => resolve()));
  // The client library waits without end for the answer of a broker that dies before it gives it.
  channel.close = () => Promise.race([close(), gone]);
  return channel;
}

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
  return parsed.href;
}
