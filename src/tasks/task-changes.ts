import type { TaskState } from '../protocol/index.js';
import type { TaskStore } from '../store/index.js';

/** Waits for changes of one task without missing any that comes while its reader is busy. */
export class TaskChanges {
  readonly #unwatch: () => void;
  readonly #signal: AbortSignal | undefined;
  #changed = false;
  #state: TaskState | undefined;
  #wake: (() => void) | undefined;
  readonly #onAbort = (): void => this.#notify();

  /** @param isWanted says no to changes into a known state that nobody waits for */
  constructor(
    store: Pick<TaskStore, 'watch'>,
    id: string,
    signal?: AbortSignal,
    isWanted: (state: TaskState) => boolean = () => true,
  ) {
    this.#signal = signal;
    this.#unwatch = store.watch(id, (state) => {
      if (state !== undefined && !isWanted(state)) return;
      this.#state = state;
      this.#notify();
    });
    signal?.addEventListener('abort', this.#onAbort);
  }

  /**
   * Resolves at the first change since the last call, at the latest after `timeoutMs`, with the state the task is
   * known to have come into. @throws the signal's reason
   */
  async next(timeoutMs?: number): Promise<TaskState | undefined> {
    this.#signal?.throwIfAborted();
    if (!this.#changed) await this.#wait(timeoutMs);
    const state = this.#state;
    this.#changed = false;
    this.#state = undefined;
    this.#signal?.throwIfAborted();
    return state;
  }

  close(): void {
    this.#unwatch();
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #wait(timeoutMs: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => this.#notify(), timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #notify(): void {
    this.#changed = true;
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
