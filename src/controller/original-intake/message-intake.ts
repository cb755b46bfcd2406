import { once, setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel, ConsumeMessage } from 'amqplib';
import { describeError } from '../../errors/index.js';
import { isTraceparent, TRACEPARENT_HEADER } from '../../protocol/index.js';
import { BrokerLink } from '../../queue/index.js';
import { createTaskIds, type TaskService } from '../../tasks/index.js';
import type { Logger } from '../../telemetry/index.js';
import { acceptMessage } from './accept-message.js';
import type { MessageReading, ReadMessage } from './message-reading.js';

export interface MessageIntakeOptions {
  /** `amqp://user:password@host:5672/vhost` */
  url: string;
  /** Declared as the original programs declare it: not durable, no arguments. */
  queue: string;
  read: ReadMessage;
  tasks: Pick<TaskService, 'submit' | 'submitDead'>;
  logger: Logger;
}

/** Messages that are here and not accepted yet; together they may have as many times `queue.originalMaxBytes`. */
const PREFETCH = 64;
const REOPEN_MS = 500;
const EMPTY = Buffer.alloc(0);

/**
 * Makes tasks of the messages of one queue. A message is acknowledged when its task is durable, and not before: one that
 * was not is delivered again, by the broker, to whoever consumes the queue then.
 */
export class MessageIntake {
  readonly #options: MessageIntakeOptions;
  readonly #link: BrokerLink;
  readonly #createId = createTaskIds();
  readonly #stopping = new AbortController();
  readonly #stopped = once(this.#stopping.signal, 'abort');
  readonly #taking = new Set<Promise<void>>();
  /** The subscription, while there is one. */
  #consuming: { channel: Channel; tag: string } | undefined;
  #running: Promise<void> | undefined;
  #draining: Promise<void> | undefined;
  #isHolding = false;
  #lastFailure = '';

  constructor(options: MessageIntakeOptions) {
    this.#options = options;
    this.#link = new BrokerLink({
      url: options.url,
      name: `intake of ${options.queue}`,
      logger: options.logger,
    });
  }

  /** Begins to consume, and goes on through lost connections; a broker that is not there yet is waited for. */
  async start(): Promise<void> {
    this.#running = this.#keepConsuming();
    await this.#link.start();
  }

  /** Takes no more messages; resolves when those being accepted are, or went back to the broker. */
  drain(): Promise<void> {
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  async close(): Promise<void> {
    await this.drain();
    await this.#link.close();
  }

  async #drain(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    const { channel, tag } = this.#consuming ?? {};
    // One that the broker has ended already needs no ending.
    if (channel && tag !== undefined) await channel.cancel(tag).catch(() => undefined);
    await Promise.all(this.#taking);
    // In order: the broker has read every acknowledgement before, and takes back the rest; as it does with a channel that is gone.
    await channel?.close().catch(() => undefined);
  }

  async #keepConsuming(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        if (!this.#link.isOpen) await once(this.#link, 'open', { signal });
        const { closed } = await this.#subscribe();
        await Promise.race([closed, this.#stopped]);
      } catch (error) {
        this.#noteFailure(describeError(error));
      }
      if (signal.aborted) return;
      this.#consuming = undefined;
      // Cut short by the end.
      await delay(REOPEN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Once, and again when it becomes another one. */
  #noteFailure(message: string): void {
    if (this.#stopping.signal.aborted || message === this.#lastFailure) return;
    this.#lastFailure = message;
    const { logger, queue } = this.#options;
    logger.warn(`the queue ${queue} cannot be consumed: ${message}; trying again`);
  }

  async #subscribe(): Promise<{ closed: Promise<unknown> }> {
    const { queue, logger } = this.#options;
    await this.#declare();
    const channel = await this.#link.openChannel();
    const gone = new AbortController();
    channel.once('close', () => gone.abort());
    const closed = once(gone.signal, 'abort');
    const signal = AbortSignal.any([gone.signal, this.#stopping.signal]);
    // Each message that is held back waits for it.
    setMaxListeners(0, signal);
    await channel.prefetch(PREFETCH);
    const { consumerTag: tag } = await channel.consume(queue, (message) => {
      if (message) this.#take(message, channel, signal);
      // The queue was deleted: it is declared again, and consumed. A channel that has ended by itself says so by its `close`.
      else void channel.close().catch(() => undefined);
    });
    this.#consuming = { channel, tag };
    this.#lastFailure = '';
    logger.info(`taking messages of the queue ${queue}`);
    return { closed };
  }

  /** A queue that somebody has declared otherwise is used as it is. */
  async #declare(): Promise<void> {
    const { queue } = this.#options;
    try {
      await this.#link.withChannel((channel) => channel.assertQueue(queue, { durable: false }));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 406) throw error;
      this.#options.logger.warn(
        `the broker holds the queue ${queue} declared otherwise than the original programs do, and it is consumed as it is; ` +
          `they will be refused until it is removed (rabbitmqctl delete_queue '${queue}'): ${describeError(error)}`,
      );
    }
  }

  #take(message: ConsumeMessage, channel: Channel, signal: AbortSignal): void {
    // Comes again: it was on its way when this one stopped.
    if (signal.aborted) return;
    const { tasks, read, logger, queue } = this.#options;
    const reading = withTrace(read(message.content), message.properties.headers);
    // A large one is not held on to while it waits.
    message.content = EMPTY;
    if (reading.error) logger.warn(`a message of ${queue} becomes a dead task: ${reading.error.message}`);
    const onHeld = (error: unknown): void => this.#noteHeld(error);
    const options = { tasks, createId: this.#createId, onHeld };
    const taking = acceptMessage(reading, options, signal)
      .then((isAccepted) => {
        if (isAccepted) this.#acknowledge(message, channel);
      })
      .finally(() => this.#taking.delete(taking));
    this.#taking.add(taking);
  }

  #acknowledge(message: ConsumeMessage, channel: Channel): void {
    if (this.#isHolding) this.#options.logger.info(`messages of ${this.#options.queue} are accepted again`);
    this.#isHolding = false;
    try {
      channel.ack(message);
    } catch {
      // The channel has ended: it is delivered again, and becomes a second task. Better twice than never.
    }
  }

  /** An outage is told once, not with each message. */
  #noteHeld(error: unknown): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    const { logger, queue } = this.#options;
    logger.warn(`messages of ${queue} are held back until they can be accepted: ${describeError(error)}`);
  }
}

/** A producer that traces says in a header what its message is part of. */
function withTrace(reading: MessageReading, headers: Record<string, unknown> = {}): MessageReading {
  const traceparent = headers[TRACEPARENT_HEADER];
  if (!isTraceparent(traceparent)) return reading;
  const { task, refused } = reading;
  return { ...reading, task: { ...task, traceparent }, refused: { ...refused, traceparent } };
}
