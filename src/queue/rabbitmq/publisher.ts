import type { ConfirmChannel, Options } from 'amqplib';
import { describeError, RunyardError } from '../../errors/index.js';
import type { BrokerLink } from './broker-link.js';

export interface Outgoing {
  exchange: string;
  routingKey: string;
  content: Buffer;
  properties: Options.Publish;
}

/** The broker has no queue for it: it was deleted, or never declared. */
export class UnroutableError extends Error {}

interface Waiting {
  outgoing: Outgoing;
  resolve: () => void;
  reject: (error: Error) => void;
  /** When it is given up, by the clock of `performance`. */
  until: number;
  returned: boolean;
}

export interface PublisherOptions {
  link: BrokerLink;
  /** Longest time from publish to confirm, reconnecting included. @default 5000 */
  timeoutMs?: number;
  /** Messages not yet confirmed; beyond it publishers are turned away. @default 20000 */
  maxUnconfirmed?: number;
}

const RETRY_AFTER_MS = 1_000;
const CHECK_MS = 100;

/**
 * Publishes with confirms. A message counts as sent when the broker has it on the disks of a majority; one whose fate is
 * unknown because the connection broke is sent again, so it may be there twice.
 */
export class Publisher {
  readonly #link: BrokerLink;
  readonly #timeoutMs: number;
  readonly #maxUnconfirmed: number;
  readonly #waiting = new Set<Waiting>();
  /** In the order they were handed to the channel: returns come back in that order. */
  readonly #sent = new Map<string, Waiting>();
  #channel: ConfirmChannel | undefined;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ link, timeoutMs = 5_000, maxUnconfirmed = 20_000 }: PublisherOptions) {
    this.#link = link;
    this.#timeoutMs = timeoutMs;
    this.#maxUnconfirmed = maxUnconfirmed;
    link.on('open', () => void this.#open());
    link.on('lost', () => (this.#channel = undefined));
  }

  /**
   * Resolves when the broker has it safely.
   * @throws UnroutableError
   * @throws RunyardError `queue_unavailable` when it does not take it: away, blocked, refusing, or too slow
   */
  publish(outgoing: Outgoing): Promise<void> {
    const refusal = this.#findRefusal();
    if (refusal !== undefined) return Promise.reject(unavailable(refusal));
    return new Promise((resolve, reject) => {
      const until = performance.now() + this.#timeoutMs;
      const waiting: Waiting = { outgoing, resolve, reject, until, returned: false };
      this.#waiting.add(waiting);
      this.#timer ??= setInterval(() => this.#giveUpLate(), CHECK_MS).unref();
      this.#send(waiting);
    });
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const waiting of this.#waiting) waiting.reject(unavailable('the queue is being closed'));
    this.#waiting.clear();
  }

  #findRefusal(): string | undefined {
    if (this.#closed) return 'the queue is being closed';
    const { blockedBecause } = this.#link;
    if (blockedBecause !== undefined) return `the broker takes no messages: ${blockedBecause}`;
    if (this.#waiting.size >= this.#maxUnconfirmed)
      return `${this.#waiting.size} messages wait for the broker to confirm them`;
    return undefined;
  }

  async #open(): Promise<void> {
    let channel: ConfirmChannel;
    try {
      channel = await this.#link.openConfirmChannel();
    } catch {
      // The connection is gone again; its next one opens a channel.
      return;
    }
    channel.on('return', ({ properties }) => this.#onReturn(properties.headers?.[SEQUENCE]));
    channel.on('close', () => this.#onChannelClosed(channel));
    this.#channel = channel;
    this.#sent.clear();
    for (const waiting of [...this.#waiting]) this.#send(waiting);
  }

  #onChannelClosed(channel: ConfirmChannel): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    if (this.#link.isOpen) void this.#open();
  }

  #send(waiting: Waiting): void {
    const channel = this.#channel;
    if (!channel) return;
    const { exchange, routingKey, content, properties } = waiting.outgoing;
    const sequence = String(++this.#sequence);
    this.#sent.set(sequence, waiting);
    const options = {
      ...properties,
      mandatory: true,
      headers: { ...(properties.headers as object), [SEQUENCE]: sequence },
    };
    const onConfirm = (error: unknown): void => {
      // The channel ended before its word came: the next one sends the message again.
      if (this.#channel !== channel || isEndOfChannel(error)) return;
      this.#sent.delete(sequence);
      this.#settle(waiting, error);
    };
    this.#link.gather();
    try {
      channel.publish(exchange, routingKey, content, options, onConfirm);
    } catch (error) {
      // The channel has just ended; the next one sends it again.
      if (this.#channel === channel && error instanceof RangeError) this.#settle(waiting, error);
    }
  }

  #settle(waiting: Waiting, error: unknown): void {
    if (!this.#waiting.delete(waiting)) return;
    if (waiting.returned) waiting.reject(new UnroutableError(`no queue for ${waiting.outgoing.routingKey}`));
    else if (error) waiting.reject(unavailable(`the broker refused a message: ${describeError(error)}`));
    else waiting.resolve();
  }

  #onReturn(sequence: unknown): void {
    const waiting = this.#sent.get(String(sequence));
    if (waiting) waiting.returned = true;
  }

  #giveUpLate(): void {
    const now = performance.now();
    const { blockedBecause } = this.#link;
    for (const waiting of this.#waiting) {
      if (waiting.until > now && blockedBecause === undefined) break;
      this.#waiting.delete(waiting);
      const reason =
        blockedBecause === undefined ? this.#describeSilence() : `it takes no messages: ${blockedBecause}`;
      waiting.reject(unavailable(`the broker did not confirm a message: ${reason}`));
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #describeSilence(): string {
    return this.#link.isOpen ? `no answer within ${this.#timeoutMs} ms` : 'there is no connection to it';
  }
}

/** Ties a returned message to its publish; the broker gives headers back as they came. */
const SEQUENCE = 'x-runyard-sequence';

function isEndOfChannel(error: unknown): boolean {
  return error instanceof Error && error.message === 'channel closed';
}

function unavailable(reason: string): RunyardError {
  return new RunyardError('queue_unavailable', `The task was not taken: ${reason}. Try again.`, {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
