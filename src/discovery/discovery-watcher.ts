import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { describeError, RunyardError } from '../errors/index.js';
import { EVENT_STREAM_TYPE, EventStreamParser } from '../http/index.js';
import type { DiscoveryDelta, DiscoverySnapshot } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import { Backoff } from './backoff.js';
import type { Clock } from './clock.js';
import { OriginalDiscovery } from './original-discovery.js';

export interface DiscoveryWatcherOptions {
  /** Base address, without a slash at its end. */
  url: string;
  logger: Logger;
  clock: Clock;
  /** A stream without even a comment for this long is dead. */
  silenceMs: number;
  firstBackoffMs: number;
  maxBackoffMs: number;
  /** How often a discovery that cannot be watched is asked. */
  pollIntervalMs: number;
}

export interface DiscoveryWatcherEvents {
  onSnapshot: (snapshot: DiscoverySnapshot) => void;
  onDelta: (delta: DiscoveryDelta) => void;
  /** It answers (again), or does not. */
  onConnection: (connected: boolean) => void;
}

/** Follows one discovery for as long as it is open: by `GET /watch`, or by asking again where there is no watch. */
export class DiscoveryWatcher {
  readonly #options: DiscoveryWatcherOptions;
  readonly #events: DiscoveryWatcherEvents;
  readonly #closing = new AbortController();
  readonly #backoff: Backoff;
  readonly #agent: Agent;
  readonly #running: Promise<void>;
  #original: OriginalDiscovery | undefined;
  #revision: number | undefined;
  #connected: boolean | undefined;

  constructor(options: DiscoveryWatcherOptions, events: DiscoveryWatcherEvents) {
    this.#options = options;
    this.#events = events;
    this.#backoff = new Backoff({ firstMs: options.firstBackoffMs, maxMs: options.maxBackoffMs });
    this.#agent = new Agent({
      connect: { timeout: 5_000 },
      headersTimeout: options.silenceMs,
      bodyTimeout: options.silenceMs,
    });
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#agent.destroy();
    await this.#running;
    await this.#original?.close();
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        if ((await this.#watch()) === 'not offered') await this.#poll();
        else throw new RunyardError('internal', 'the stream ended');
      } catch (error) {
        if (!this.#closing.signal.aborted) await this.#retry(error);
      }
    }
  }

  async #retry(error: unknown): Promise<void> {
    if (this.#connected !== false) {
      const context = { discovery: this.#options.url, reason: describeError(error) };
      this.#options.logger.warn(context, 'discovery does not answer; the last good copy is kept');
      this.#setConnected(false);
    }
    await this.#sleep(this.#backoff.next());
  }

  async #watch(): Promise<'not offered' | 'ended'> {
    const { url } = this.#options;
    const { statusCode, body } = await request(`${url}/watch`, {
      dispatcher: this.#agent,
      signal: this.#closing.signal,
      headers: {
        accept: EVENT_STREAM_TYPE,
        ...(this.#revision !== undefined && { 'last-event-id': String(this.#revision) }),
      },
    });
    if (statusCode !== 200) {
      await body.dump();
      if (statusCode === 404 || statusCode === 405) return 'not offered';
      throw new RunyardError('internal', `GET ${url}/watch gave ${statusCode}, expected 200`);
    }
    this.#setConnected(true);
    await this.#original?.close();
    this.#original = undefined;
    const parser = new EventStreamParser(({ event, data }) => this.#take(event, data));
    const decoder = new TextDecoder();
    for await (const chunk of body as AsyncIterable<Buffer>)
      parser.push(decoder.decode(chunk, { stream: true }));
    return 'ended';
  }

  #take(event: string, data: string): void {
    this.#backoff.reset();
    if (event === 'snapshot') {
      const snapshot = JSON.parse(data) as DiscoverySnapshot;
      this.#revision = snapshot.revision;
      this.#events.onSnapshot(snapshot);
    } else if (event === 'delta') {
      const delta = JSON.parse(data) as DiscoveryDelta;
      const expected = (this.#revision ?? 0) + 1;
      if (delta.revision !== expected) {
        this.#revision = undefined;
        throw new RunyardError('internal', `expected revision ${expected}, got ${delta.revision}`);
      }
      this.#revision = delta.revision;
      this.#events.onDelta(delta);
    }
  }

  /** Ends when the discovery was away, by an error unless that was not seen: what came back may offer more. */
  async #poll(): Promise<void> {
    const { url, logger, clock, pollIntervalMs } = this.#options;
    this.#original ??= new OriginalDiscovery({
      url,
      dispatcher: this.#agent,
      logger,
      clock,
      timeoutMs: 10_000,
      probeIntervalMs: pollIntervalMs,
      onDelta: (delta) => this.#events.onDelta(delta),
    });
    for (;;) {
      const { hasForgotten } = await this.#original.poll(this.#closing.signal);
      this.#setConnected(true);
      this.#backoff.reset();
      if (hasForgotten) return;
      await this.#sleep(pollIntervalMs);
    }
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected) return;
    if (this.#connected === false)
      this.#options.logger.info({ discovery: this.#options.url }, 'discovery answers');
    this.#connected = connected;
    this.#events.onConnection(connected);
  }

  async #sleep(ms: number): Promise<void> {
    try {
      await wait(ms, undefined, { signal: this.#closing.signal });
    } catch (error) {
      // The wait was cut short because the watcher closes.
      if (!this.#closing.signal.aborted) throw error;
    }
  }
}
