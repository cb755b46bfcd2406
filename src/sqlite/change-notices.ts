import type { Logger } from '../telemetry/index.js';

/** Gets what changed in this process, or undefined when another process changed something, whatever it was. */
export type ChangeListener = (changed: ReadonlySet<string> | undefined) => void;

/** One kind of thing that changes (lanes, tasks): who changes one marks it inside the transaction. */
export class ChangeChannel {
  readonly #listeners = new Set<ChangeListener>();
  readonly #onListeners: () => void;
  #marked = new Set<string>();

  constructor(onListeners: () => void) {
    this.#onListeners = onListeners;
  }

  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** To be called inside a write: listeners hear of it once that is committed. */
  mark(changed: string): void {
    if (this.isHeard) this.#marked.add(changed);
  }

  /** Returns the way to stop. */
  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    this.#onListeners();
    return () => {
      this.#listeners.delete(listener);
      this.#onListeners();
    };
  }

  takeMarked(): ReadonlySet<string> {
    const marked = this.#marked;
    if (marked.size > 0) this.#marked = new Set();
    return marked;
  }

  call(changed: ReadonlySet<string> | undefined, logger: Logger): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(changed);
      } catch (error) {
        // A listener's fault is not the committer's: the change stands, and the others are to hear of it.
        logger.error({ err: error }, 'a listener to database changes failed');
      }
    }
  }
}

export interface ChangeNoticesOptions {
  /** A number that differs after another process committed. */
  readVersion: () => number;
  /** Time between two looks at it, in milliseconds. */
  pollMs: number;
  logger: Logger;
}

/** Tells listeners of commits: at once of those made here, by polling of those made by other processes. */
export class ChangeNotices {
  readonly #options: ChangeNoticesOptions;
  readonly #channels = new Map<string, ChangeChannel>();
  #timer: NodeJS.Timeout | undefined;
  #version = 0;

  constructor(options: ChangeNoticesOptions) {
    this.#options = options;
  }

  getChannel(name: string): ChangeChannel {
    let channel = this.#channels.get(name);
    if (!channel) {
      channel = new ChangeChannel(() => this.#startOrStop());
      this.#channels.set(name, channel);
    }
    return channel;
  }

  /** After a commit of this process. */
  announce(): void {
    for (const channel of this.#channels.values()) {
      const marked = channel.takeMarked();
      if (marked.size > 0) channel.call(marked, this.#options.logger);
    }
  }

  /** After a rollback: nothing changed. */
  discard(): void {
    for (const channel of this.#channels.values()) channel.takeMarked();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #startOrStop(): void {
    const heard = [...this.#channels.values()].some((channel) => channel.isHeard);
    if (!heard) return this.close();
    if (this.#timer) return;
    this.#version = this.#options.readVersion();
    this.#timer = setInterval(() => this.#poll(), this.#options.pollMs).unref();
  }

  #poll(): void {
    try {
      const version = this.#options.readVersion();
      if (version === this.#version) return;
      this.#version = version;
    } catch (error) {
      this.#options.logger.warn(
        { err: error },
        'looking for changes by other processes failed; trying again',
      );
      return;
    }
    for (const channel of this.#channels.values()) channel.call(undefined, this.#options.logger);
  }
}
