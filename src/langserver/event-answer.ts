import type { FastifyReply } from 'fastify';
import { EVENT_STREAM_TYPE, formatEvent, KEEP_ALIVE_FRAME } from '../http/index.js';
import type { RunEvent } from '../protocol/index.js';

/** Bytes a follower may be behind before it is cut: its run cannot be made to wait. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** A run's story as server-sent events: what it prints as it comes, then the document that would have been the answer. */
export class EventAnswer {
  readonly #raw: FastifyReply['raw'];
  readonly #timer: NodeJS.Timeout;
  readonly #gone = new AbortController();

  constructor(reply: FastifyReply, keepAliveMs: number) {
    reply.hijack();
    this.#raw = reply.raw;
    this.#raw.writeHead(200, { 'content-type': EVENT_STREAM_TYPE, 'cache-control': 'no-store' });
    // A follower that goes away is told by `close`; its broken socket is no news.
    this.#raw.on('error', () => undefined);
    this.#timer = setInterval(() => this.#write(KEEP_ALIVE_FRAME), keepAliveMs);
    this.#timer.unref();
    this.#raw.on('close', () => {
      clearInterval(this.#timer);
      if (!this.#raw.writableFinished) this.#gone.abort();
    });
  }

  /** Aborted when the follower has gone before the end. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  tell(event: RunEvent): void {
    const { type, ...data } = event;
    const body = event.type === 'log' ? { stream: event.log.stream, line: event.log.line } : data;
    this.#write(formatEvent(type, JSON.stringify(body)));
  }

  end(event: 'result' | 'error', document: string): void {
    clearInterval(this.#timer);
    this.#raw.end(formatEvent(event, document));
  }

  #write(frame: string): void {
    if (this.#raw.writableLength > MAX_BUFFERED_BYTES) this.#raw.destroy();
    else if (!this.#raw.writableEnded) this.#raw.write(frame);
  }
}
