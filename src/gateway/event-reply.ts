import type { FastifyReply } from 'fastify';
import { EVENT_STREAM_TYPE, formatEvent, KEEP_ALIVE_FRAME } from '../http/index.js';

export interface EventReplyOptions {
  /** Time between signs of life while nothing happens, in milliseconds. */
  keepAliveMs: number;
  /** A reader that takes nothing for this long is cut off, in milliseconds. */
  stallTimeoutMs: number;
  /** A reader that lies further behind than this is cut off. */
  maxBufferBytes: number;
}

/** An answer that is a stream of server-sent events. */
export class EventReply {
  readonly #raw: FastifyReply['raw'];
  readonly #options: EventReplyOptions;
  readonly #gone = new AbortController();

  constructor(reply: FastifyReply, options: EventReplyOptions) {
    this.#raw = reply.raw;
    this.#options = options;
    reply.hijack();
    this.#raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': `${EVENT_STREAM_TYPE}; charset=utf-8`,
      'cache-control': 'no-cache, no-transform',
      // nginx would hold the events back.
      'x-accel-buffering': 'no',
    });
    this.#raw.flushHeaders();
    const keepAlive = setInterval(() => this.#keepAlive(), options.keepAliveMs);
    this.#raw.once('close', () => {
      clearInterval(keepAlive);
      this.#gone.abort();
    });
    // A broken connection is told by `close`; without a listener it would end the process.
    this.#raw.on('error', () => undefined);
    // Fires only while nothing moves: signs of life move, unless the reader does not take them.
    this.#raw.setTimeout(options.stallTimeoutMs, () => {
      if (this.#raw.writableLength > 0) this.#raw.destroy();
    });
  }

  /** Aborted when the reader has gone, was cut off, or got everything. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** @param data JSON text */
  send(event: string, data: string, id?: string | number): void {
    if (this.#raw.destroyed || this.#raw.writableEnded) return;
    if (this.#raw.writableLength > this.#options.maxBufferBytes) {
      this.#raw.destroy();
      return;
    }
    this.#raw.write(formatEvent(event, data, id));
  }

  /** Resolves when the reader has taken what was sent, or has gone. */
  async drained(): Promise<void> {
    if (!this.#raw.writableNeedDrain || this.#raw.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#raw.off('drain', done);
        this.#raw.off('close', done);
        resolve();
      };
      this.#raw.on('drain', done);
      this.#raw.on('close', done);
    });
  }

  end(): void {
    this.#raw.end();
  }

  #keepAlive(): void {
    const isIdle = this.#raw.writableLength === 0 && !this.#raw.writableEnded;
    if (isIdle) this.#raw.write(KEEP_ALIVE_FRAME);
  }
}
