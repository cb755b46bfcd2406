import type { ServerResponse } from 'node:http';
import { formatEvent, KEEP_ALIVE_FRAME } from '../http/index.js';
import type { Logger } from '../telemetry/index.js';
import { DeltaLog } from './delta-log.js';
import type { RunnerRegistry } from './runner-registry.js';

export interface WatchHubOptions {
  /** Between two comments on a quiet stream. @default 10000 */
  keepAliveMs?: number;
  /** Bytes a reader may be behind, beyond its snapshot, before it is cut. @default 8388608 */
  maxBufferedBytes?: number;
  /** A reader that takes nothing for this long is cut. @default 30000 */
  stallTimeoutMs?: number;
  /** Changes kept for readers that come back. @default 1000 */
  maxLogDeltas?: number;
  /** Bytes of kept changes. @default 16777216 */
  maxLogBytes?: number;
  /** Readers at the same time. @default 1000 */
  maxWatchers?: number;
}

interface Reader {
  response: ServerResponse;
  /** Bytes it may be behind: its snapshot counts until it has once caught up. */
  allowedBytes: number;
  /** Since when it has taken nothing; undefined while it keeps up. */
  stalledSince: number | undefined;
}

/** Tells every reader of `GET /watch` what changes. A reader that does not keep up is cut: it comes back by itself. */
export class WatchHub {
  readonly #registry: RunnerRegistry;
  readonly #logger: Logger;
  readonly #options: Required<WatchHubOptions>;
  readonly #readers = new Set<Reader>();
  readonly #log: DeltaLog;
  readonly #stop: () => void;
  readonly #timer: NodeJS.Timeout;
  #snapshot: { revision: number; frame: string } | undefined;

  constructor(registry: RunnerRegistry, logger: Logger, options: WatchHubOptions = {}) {
    this.#registry = registry;
    this.#logger = logger;
    this.#options = {
      keepAliveMs: options.keepAliveMs ?? 10_000,
      maxBufferedBytes: options.maxBufferedBytes ?? 8 * 1024 * 1024,
      stallTimeoutMs: options.stallTimeoutMs ?? 30_000,
      maxLogDeltas: options.maxLogDeltas ?? 1_000,
      maxLogBytes: options.maxLogBytes ?? 16 * 1024 * 1024,
      maxWatchers: options.maxWatchers ?? 1_000,
    };
    this.#log = new DeltaLog(registry.snapshot().revision, this.#options);
    this.#stop = registry.watch((delta) => {
      const frame = formatEvent('delta', JSON.stringify(delta), delta.revision);
      this.#log.append(delta.revision, frame);
      for (const reader of this.#readers) this.#send(reader, frame);
    });
    this.#timer = setInterval(() => this.#tick(), this.#options.keepAliveMs);
    this.#timer.unref();
  }

  get isFull(): boolean {
    return this.#readers.size >= this.#options.maxWatchers;
  }

  /** Streams to a response: what was missed since `after` when that is still known, else everything. */
  add(response: ServerResponse, after: number | undefined): void {
    const reader: Reader = { response, allowedBytes: 0, stalledSince: undefined };
    response.on('drain', () => {
      reader.stalledSince = undefined;
      reader.allowedBytes = this.#options.maxBufferedBytes;
    });
    response.on('close', () => this.#readers.delete(reader));
    // A reader that goes away in the middle of a write is no news.
    response.on('error', () => this.#readers.delete(reader));
    const missed = after === undefined ? undefined : this.#log.since(after);
    const first = missed === undefined ? this.#snapshotFrame() : `: resumed\n\n${missed}`;
    reader.allowedBytes = this.#options.maxBufferedBytes + Buffer.byteLength(first);
    this.#readers.add(reader);
    this.#send(reader, first);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stop();
    for (const { response } of this.#readers) response.end();
    this.#readers.clear();
  }

  #send(reader: Reader, frame: string): void {
    if (!reader.response.write(frame)) reader.stalledSince ??= performance.now();
    if (reader.response.writableLength > reader.allowedBytes) this.#cut(reader, 'is too far behind');
  }

  #tick(): void {
    const stalledBefore = performance.now() - this.#options.stallTimeoutMs;
    for (const reader of this.#readers) {
      if (reader.stalledSince !== undefined && reader.stalledSince < stalledBefore)
        this.#cut(reader, 'takes nothing');
      else this.#send(reader, KEEP_ALIVE_FRAME);
    }
  }

  #cut(reader: Reader, reason: string): void {
    this.#readers.delete(reader);
    reader.response.destroy();
    this.#logger.warn({ bufferedBytes: reader.response.writableLength }, `a watcher ${reason} and was cut`);
  }

  /** Many readers come back at the same moment: they share one text. */
  #snapshotFrame(): string {
    const { revision } = this.#registry.snapshot();
    if (this.#snapshot?.revision !== revision) {
      const snapshot = this.#registry.snapshot();
      this.#snapshot = { revision, frame: formatEvent('snapshot', JSON.stringify(snapshot), revision) };
    }
    return this.#snapshot.frame;
  }
}
