import type { Dispatcher } from '../../src/dispatch/index.js';
import type { ErrorCode } from '../../src/errors/index.js';
import { getCatalogueEntry } from '../../src/errors/index.js';
import type { RunHooks, RunOutcome, RunRequest } from '../../src/protocol/index.js';

export type ScriptedRun = (request: RunRequest, hooks: RunHooks) => Promise<RunOutcome> | RunOutcome;

export function succeed(result: unknown = null): RunOutcome {
  return { ok: true, resultJson: JSON.stringify(result), logs: [], durationMs: 1 };
}

export function fail(
  code: ErrorCode,
  message: string = code,
  more: { retryAfterMs?: number } = {},
): RunOutcome {
  const failureClass = getCatalogueEntry(code).class ?? 'failed';
  return { ok: false, error: { class: failureClass, code, message, ...more }, logs: [], durationMs: 1 };
}

/** Runs that wait until they are let go, or aborted. */
export class Gate {
  readonly #waiting: ((outcome: RunOutcome) => void)[] = [];
  readonly requests: RunRequest[] = [];

  readonly run: ScriptedRun = (request, hooks) => {
    this.requests.push(request);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      hooks.signal?.addEventListener('abort', () => {
        this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
        resolve(fail('cancelled'));
      });
    });
  };

  /** Ends the oldest run that still waits. */
  open(outcome: RunOutcome = succeed()): void {
    this.#waiting.shift()?.(outcome);
  }
}

/** A dispatcher whose runs are functions of the test. Places are counted as the real one counts them. */
export class ScriptedDispatcher implements Dispatcher {
  readonly requests: RunRequest[] = [];
  readonly #algorithms = new Map<
    string,
    { capacity: number; run: ScriptedRun; running: number; peak: number }
  >();
  readonly #listeners = new Set<(algorithm: string) => void>();

  offer(algorithm: string, run: ScriptedRun, capacity = 4): void {
    const { running = 0, peak = 0 } = this.#algorithms.get(algorithm) ?? {};
    this.#algorithms.set(algorithm, { capacity, run, running, peak });
    this.#announce(algorithm);
  }

  withdraw(algorithm: string): void {
    this.#algorithms.delete(algorithm);
  }

  /** Most runs at the same time. */
  peak(algorithm: string): number {
    return this.#algorithms.get(algorithm)?.peak ?? 0;
  }

  async run(request: RunRequest, hooks: RunHooks = {}): Promise<RunOutcome & { runner?: string }> {
    this.requests.push(request);
    const known = this.#algorithms.get(request.algorithm);
    if (!known) return fail('no_runner');
    known.running++;
    known.peak = Math.max(known.peak, known.running);
    try {
      return { ...(await known.run(request, hooks)), runner: 'scripted' };
    } finally {
      known.running--;
      this.#announce(request.algorithm);
    }
  }

  freeCapacity(algorithm: string): number | undefined {
    const known = this.#algorithms.get(algorithm);
    return known && Math.max(0, known.capacity - known.running);
  }

  onCapacity(listener: (algorithm: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #announce(algorithm: string): void {
    for (const listener of this.#listeners) listener(algorithm);
  }
}
