import type { RunHooks } from '../protocol/index.js';

/** Ends a request when its caller cancels it or its time is over, and remembers which. */
export class RunLimit {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#end('cancelled');
  #reason: 'cancelled' | 'timeout' | undefined;

  constructor(hooks: RunHooks | undefined, limitMs: number) {
    this.#caller = hooks?.signal;
    // Longer times than a timer can hold are as good as none.
    this.#timer = setTimeout(() => this.#end('timeout'), Math.min(limitMs, 2 ** 31 - 1));
    if (this.#caller?.aborted === true) this.#cancel();
    else this.#caller?.addEventListener('abort', this.#cancel);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why it was ended; undefined when it was not. */
  get reason(): 'cancelled' | 'timeout' | undefined {
    return this.#reason;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#caller?.removeEventListener('abort', this.#cancel);
  }

  #end(reason: 'cancelled' | 'timeout'): void {
    this.#reason ??= reason;
    this.#controller.abort();
  }
}
