import type { FastifyReply } from 'fastify';
import {
  DURATION_HEADER,
  EVENT_STREAM_TYPE,
  formatEvent,
  KEEP_ALIVE_FRAME,
  PROBLEM_TYPE,
  RESULT_PREFIX,
  RETRY_AFTER_MS_HEADER,
  retryAfterSeconds,
} from '../http/index.js';
import type { RunEvent, RunOutcome } from '../protocol/index.js';
import { toRunProblem } from './run-problem.js';

/** Takes a run's story to its client. */
export interface RunReply {
  /** Absent when the client does not follow. */
  onEvent?: (event: RunEvent) => void;
  end(outcome: RunOutcome): void;
}

/** One JSON document at the end. The result's text is sent as the process wrote it. */
export function createJsonReply(reply: FastifyReply): RunReply {
  return {
    end(outcome) {
      reply.header(DURATION_HEADER, outcome.durationMs.toFixed(3));
      if (outcome.ok) {
        reply.header('content-type', 'application/json; charset=utf-8');
        reply.send(`${RESULT_PREFIX}${outcome.resultJson}}`);
        return;
      }
      const problem = toRunProblem(outcome.error);
      if (problem.retryAfterMs !== undefined) {
        reply.header('retry-after', retryAfterSeconds(problem.retryAfterMs));
        reply.header(RETRY_AFTER_MS_HEADER, Math.ceil(problem.retryAfterMs));
      }
      reply.code(problem.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem));
    },
  };
}

/** Bytes a follower may be behind before it is cut: its run cannot be made to wait. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** Server-sent events as they come, then `result` or `error`. */
export class StreamReply implements RunReply {
  readonly #raw: FastifyReply['raw'];
  readonly #timer: NodeJS.Timeout;

  constructor(reply: FastifyReply, keepAliveMs: number) {
    reply.hijack();
    this.#raw = reply.raw;
    this.#raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': EVENT_STREAM_TYPE,
      'cache-control': 'no-store',
    });
    // A follower that goes away is told by `close`; its broken socket is no news.
    this.#raw.on('error', () => undefined);
    this.#timer = setInterval(() => this.#write(KEEP_ALIVE_FRAME), keepAliveMs);
    this.#timer.unref();
    this.#raw.on('close', () => clearInterval(this.#timer));
  }

  readonly onEvent = (event: RunEvent): void => {
    if (event.type === 'log') this.#write(formatEvent('log', JSON.stringify(event.log)));
    else {
      const { type, ...data } = event;
      this.#write(formatEvent(type, JSON.stringify(data)));
    }
  };

  end(outcome: RunOutcome): void {
    clearInterval(this.#timer);
    const timing = formatEvent('timing', `{"durationMs":${outcome.durationMs.toFixed(3)}}`);
    const last = outcome.ok
      ? formatEvent('result', `${RESULT_PREFIX}${outcome.resultJson}}`)
      : formatEvent('error', JSON.stringify(toRunProblem(outcome.error)));
    this.#raw.end(timing + last);
  }

  #write(frame: string): void {
    if (this.#raw.writableLength > MAX_BUFFERED_BYTES) this.#raw.destroy();
    else if (!this.#raw.writableEnded) this.#raw.write(frame);
  }
}
