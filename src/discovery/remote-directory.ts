import type { DiscoveryDelta, DiscoverySnapshot, RunnerEntry } from '../protocol/index.js';
import { silentLogger, type Logger } from '../telemetry/index.js';
import type { Clock } from './clock.js';
import { DiscoveryWatcher } from './discovery-watcher.js';
import { IndexedDirectory, type RunnerDirectory } from './runner-directory.js';

export interface RemoteDirectoryOptions {
  /** Base addresses of every discovery there is. */
  urls: string[];
  logger?: Logger;
  /** @default the system's */
  clock?: Clock;
  /**
   * After a discovery came back, runners it does not name yet are kept this long: it may have restarted, and they
   * have not renewed yet. @default 20000
   */
  refillMs?: number;
  /** A stream without even a comment for this long is dead. @default 30000 */
  silenceMs?: number;
  /** First wait before reconnecting; it doubles. @default 200 */
  firstBackoffMs?: number;
  /** @default 5000 */
  maxBackoffMs?: number;
  /** How often an original discovery, which cannot be watched, is asked. @default 5000 */
  pollIntervalMs?: number;
}

export interface RemoteDirectory extends RunnerDirectory {
  /** Resolves when the first discovery has told what it knows, or the directory closes. */
  readonly ready: Promise<void>;
}

/** A directory that follows every discovery and merges what they say. While one is away, its last good copy holds. */
export function createRemoteDirectory(options: RemoteDirectoryOptions): RemoteDirectory {
  return new MergedDirectory(options);
}

interface Source {
  url: string;
  connected: boolean;
  runners: Map<string, RunnerEntry>;
  /** Runners a returned discovery has not named yet, and the timer that gives them up. */
  unconfirmed: Set<string>;
  timer: NodeJS.Timeout | undefined;
  watcher: DiscoveryWatcher | undefined;
}

class MergedDirectory extends IndexedDirectory implements RemoteDirectory {
  readonly ready: Promise<void>;
  readonly #sources: Source[];
  readonly #refillMs: number;
  #setReady: () => void = () => undefined;

  constructor(options: RemoteDirectoryOptions) {
    super();
    this.#refillMs = options.refillMs ?? 20_000;
    this.ready = new Promise((resolve) => (this.#setReady = resolve));
    this.#sources = options.urls.map((url) => createSource(url.replace(/\/+$/, '')));
    for (const source of this.#sources) source.watcher = this.#follow(source, options);
  }

  override async close(): Promise<void> {
    this.#setReady();
    for (const source of this.#sources) clearTimeout(source.timer);
    await Promise.all(this.#sources.map(async (source) => source.watcher?.close()));
    await super.close();
  }

  #follow(source: Source, options: RemoteDirectoryOptions): DiscoveryWatcher {
    return new DiscoveryWatcher(
      {
        url: source.url,
        logger: options.logger ?? silentLogger,
        clock: options.clock ?? (() => Date.now()),
        silenceMs: options.silenceMs ?? 30_000,
        firstBackoffMs: options.firstBackoffMs ?? 200,
        maxBackoffMs: options.maxBackoffMs ?? 5_000,
        pollIntervalMs: options.pollIntervalMs ?? 5_000,
      },
      {
        onSnapshot: (snapshot) => this.#takeSnapshot(source, snapshot),
        onDelta: (delta) => this.#takeDelta(source, delta),
        onConnection: (connected) => (source.connected = connected),
      },
    );
  }

  #takeSnapshot(source: Source, { runners }: DiscoverySnapshot): void {
    const named = new Set(runners.map(({ id }) => id));
    for (const id of source.runners.keys()) if (!named.has(id)) source.unconfirmed.add(id);
    for (const runner of runners) this.#put(source, runner);
    this.#awaitRefill(source);
    this.#setReady();
    this.changed();
  }

  #takeDelta(source: Source, delta: DiscoveryDelta): void {
    const id = delta.type === 'put' ? delta.runner.id : delta.id;
    if (delta.type === 'put') this.#put(source, delta.runner);
    else {
      this.#delete(source, delta.id);
      // What a discovery that answers has seen go is gone, whatever one that does not answer last said.
      for (const other of this.#sources) if (!other.connected) this.#delete(other, delta.id);
    }
    this.#setReady();
    this.changed(new Set([id]));
  }

  #put(source: Source, runner: RunnerEntry): void {
    source.runners.set(runner.id, runner);
    source.unconfirmed.delete(runner.id);
    this.#merge(runner.id);
  }

  #delete(source: Source, id: string): void {
    source.unconfirmed.delete(id);
    if (source.runners.delete(id)) this.#merge(id);
  }

  /** Of what several discoveries say of a runner, the latest holds. */
  #merge(id: string): void {
    let latest: RunnerEntry | undefined;
    for (const { runners } of this.#sources) {
      const runner = runners.get(id);
      if (runner && (!latest || runner.renewedAt > latest.renewedAt)) latest = runner;
    }
    if (latest) this.index.set(latest);
    else this.index.delete(id);
  }

  #awaitRefill(source: Source): void {
    clearTimeout(source.timer);
    if (source.unconfirmed.size === 0) return;
    source.timer = setTimeout(() => {
      for (const id of [...source.unconfirmed]) this.#delete(source, id);
      this.changed();
    }, this.#refillMs);
    source.timer.unref();
  }
}

function createSource(url: string): Source {
  return {
    url,
    connected: false,
    runners: new Map(),
    unconfirmed: new Set(),
    timer: undefined,
    watcher: undefined,
  };
}
