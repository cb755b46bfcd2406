import { describeError } from '../errors/index.js';
import type { TaskStore } from '../store/index.js';
import type { Logger } from '../telemetry/index.js';
import type { ActiveRun, ActiveRuns } from './active-runs.js';

export interface CancelWatchOptions {
  store: Pick<TaskStore, 'getSummary' | 'watch'>;
  /** Runs shorter than this are never looked at, and no record is read more often. */
  checkMs: number;
  logger: Logger;
}

interface Watched {
  unwatch: () => void;
  /** The record may have changed since it was read. */
  changed: boolean;
  reading: boolean;
}

/**
 * Finds out that somebody, here or in another process, wants a running task cancelled.
 * Most runs are over before the first look, and cost nothing; a longer one is watched, and its record read when it changed.
 */
export class CancelWatch {
  readonly #options: CancelWatchOptions;
  readonly #runs: ActiveRuns;
  readonly #watched = new Map<ActiveRun, Watched>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(runs: ActiveRuns, options: CancelWatchOptions) {
    this.#runs = runs;
    this.#options = options;
  }

  /** A run has started: look again soon. */
  wake(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => this.#look(), this.#options.checkMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { unwatch } of this.#watched.values()) unwatch();
    this.#watched.clear();
  }

  #look(): void {
    this.#timer = undefined;
    this.#forgetEnded();
    const longSince = performance.now() - this.#options.checkMs;
    for (const run of this.#runs) {
      if (run.since <= longSince && !this.#watched.has(run)) this.#watch(run);
    }
    for (const [run, watched] of this.#watched) {
      if (watched.changed && !watched.reading && !run.stopReason) void this.#read(run, watched);
    }
    if (this.#runs.size > 0) this.wake();
  }

  #forgetEnded(): void {
    for (const [run, { unwatch }] of this.#watched) {
      if (this.#runs.has(run)) continue;
      unwatch();
      this.#watched.delete(run);
    }
  }

  #watch(run: ActiveRun): void {
    // Read once in any case: the wish may be older than the watch.
    const watched: Watched = { unwatch: () => {}, changed: true, reading: false };
    watched.unwatch = this.#options.store.watch(run.id, () => {
      watched.changed = true;
    });
    this.#watched.set(run, watched);
  }

  async #read(run: ActiveRun, watched: Watched): Promise<void> {
    watched.changed = false;
    watched.reading = true;
    try {
      const task = await this.#options.store.getSummary(run.id);
      if (task?.cancelRequested) run.stop('cancel');
    } catch (error) {
      watched.changed = true;
      this.#options.logger.warn(
        { err: error, task: run.id },
        `reading a running task failed: ${describeError(error)}`,
      );
    } finally {
      watched.reading = false;
    }
  }
}
