import { describeError, RunyardError } from '../errors/index.js';
import { readEventStream } from './event-stream.js';
import { errorFromResponse } from './problem-error.js';

export interface HttpCallerOptions {
  url: string;
  apiKey?: string;
  fetch?: typeof globalThis.fetch;
}

export interface CallOptions {
  /** Sent as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
  query?: object;
  signal?: AbortSignal | undefined;
}

export interface ParsedEvent {
  event: string;
  body: Record<string, unknown>;
  /** Empty when the stream has none. */
  id: string;
}

/** Sends requests to one gateway and turns everything that goes wrong into a RunyardError. */
export class HttpCaller {
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #fetch: typeof globalThis.fetch;

  /** @throws RunyardError `invalid_config` when `url` is no http(s) address. */
  constructor(options: HttpCallerOptions) {
    this.#base = resolveBase(options.url);
    this.#headers = options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` };
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /** Any answer that is a success. */
  async send(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const response = await this.sendAny(method, path, options);
    if (!response.ok) throw await errorFromResponse(response);
    return response;
  }

  /** The body of a success, parsed. */
  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    return this.read<T>(await this.send(method, path, options), options.signal);
  }

  /** Any answer, whatever its status. */
  async sendAny(method: string, path: string, options: CallOptions = {}): Promise<Response> {
    const headers = { accept: 'application/json', ...this.#headers, ...options.headers };
    const init: RequestInit = { method, headers };
    if (options.body !== undefined) {
      init.body = JSON.stringify(options.body);
      init.headers = { ...headers, 'content-type': 'application/json' };
    }
    if (options.signal !== undefined) init.signal = options.signal;
    try {
      return await this.#fetch(`${this.#base}${path}${formatQuery(options.query)}`, init);
    } catch (error) {
      throw this.#describeBreak(error, options.signal);
    }
  }

  /** Reads a body as JSON. */
  async read<T>(response: Response, signal?: AbortSignal): Promise<T> {
    let text: string;
    try {
      text = await response.text();
    } catch (error) {
      throw this.#describeBreak(error, signal);
    }
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      const message = `What answers at ${this.#base} is no Runyard gateway: expected JSON, got "${text.slice(0, 80)}". Check the address.`;
      throw new RunyardError('gateway_unreachable', message, { cause: error });
    }
  }

  /**
   * Events of a stream, their data parsed.
   * @throws RunyardError `connection_lost` when it breaks
   */
  async *events(response: Response, signal?: AbortSignal): AsyncGenerator<ParsedEvent> {
    try {
      for await (const { event, data, id } of readEventStream(response)) {
        yield { event, body: JSON.parse(data) as Record<string, unknown>, id: id ?? '' };
      }
    } catch (error) {
      if (signal?.aborted === true) throw this.#describeBreak(error, signal);
      const message = `The connection to ${this.#base} broke: ${describeError(error)}.`;
      throw new RunyardError('connection_lost', message, { cause: error });
    }
  }

  /** What to tell of a request or answer that broke. */
  #describeBreak(error: unknown, signal: AbortSignal | undefined): RunyardError {
    if (signal?.aborted === true) {
      return new RunyardError('cancelled', 'The call was aborted by its caller.', { cause: error });
    }
    return new RunyardError(
      'gateway_unreachable',
      `No gateway answers at ${this.#base} (${describeCause(error)}). Start one with \`runyard up\`, or name another address.`,
      { cause: error },
    );
  }
}

/** What fetch keeps behind its "fetch failed"; one of several addresses that all failed has a code only. */
function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return describeError(cause) || ((cause as { code?: string }).code ?? 'connection failed');
}

function resolveBase(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new RunyardError(
      'invalid_config',
      `The gateway's address must be a URL such as http://127.0.0.1:8080, not "${url}".`,
    );
  }
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, '')}`;
}

function formatQuery(query: object | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? '' : `?${search.toString()}`;
}
