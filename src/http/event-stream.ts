import { RunyardError } from '../errors/index.js';

/** One server-sent event. */
export interface StreamEvent {
  /** @default 'message' */
  event: string;
  data: string;
  /** The last id seen on the stream, this event's own or an earlier one's. */
  id?: string;
}

export const EVENT_STREAM_TYPE = 'text/event-stream';

/** A comment: it keeps proxies and time limits from taking a quiet stream for a dead one. */
export const KEEP_ALIVE_FRAME = ': keep-alive\n\n';

/** An event as it stands on the wire. Data of several lines stays whole. */
export function formatEvent(event: string, data: string, id?: string | number): string {
  const lines = data.includes('\n') ? data.replaceAll('\n', '\ndata: ') : data;
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${lines}\n\n`;
}

/**
 * Takes a stream of events apart, in whatever pieces it comes. Lines end in LF or CRLF.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class EventStreamParser {
  readonly #onEvent: (event: StreamEvent) => void;
  readonly #maxEventLength: number;
  #pending = '';
  #event = '';
  #data: string[] = [];
  #dataLength = 0;
  #id: string | undefined;

  /** @param options.maxEventLength most characters of one event. @default 67108864 */
  constructor(onEvent: (event: StreamEvent) => void, options: { maxEventLength?: number } = {}) {
    this.#onEvent = onEvent;
    this.#maxEventLength = options.maxEventLength ?? 64 * 1024 * 1024;
  }

  /** @throws RunyardError `invalid_output` when an event is over the limit */
  push(text: string): void {
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const line = this.#pending + text.slice(start, end);
      this.#pending = '';
      this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
      start = end + 1;
    }
    this.#pending += text.slice(start);
    if (this.#pending.length + this.#dataLength > this.#maxEventLength) this.#refuse();
  }

  #take(line: string): void {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'event') this.#event = value;
    else if (field === 'id') this.#id = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#dataLength += value.length;
      if (this.#dataLength > this.#maxEventLength) this.#refuse();
    }
  }

  #dispatch(): void {
    const data = this.#data;
    const event = this.#event || 'message';
    this.#data = [];
    this.#dataLength = 0;
    this.#event = '';
    if (data.length === 0) return;
    this.#onEvent({ event, data: data.join('\n'), ...(this.#id !== undefined && { id: this.#id }) });
  }

  #refuse(): never {
    throw new RunyardError(
      'invalid_output',
      `expected events of at most ${this.#maxEventLength} characters on the stream, got a longer one`,
    );
  }
}
