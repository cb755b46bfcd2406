import type { StopReason } from './decide-end.js';

/** A run between its start and its outcome. */
export class ActiveRun {
  readonly id: string;
  /** By a steady clock, in milliseconds. */
  readonly since = performance.now();
  readonly #abort = new AbortController();
  #stop: StopReason | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Set when this controller ended the run; the first reason stands. */
  get stopReason(): StopReason | undefined {
    return this.#stop;
  }

  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#abort.abort();
  }
}

/** The runs of this controller, by task. */
export class ActiveRuns {
  readonly #runs = new Map<string, ActiveRun>();
  readonly #onStart: () => void;

  /** @param onStart called when a run starts */
  constructor(onStart: () => void) {
    this.#onStart = onStart;
  }

  get size(): number {
    return this.#runs.size;
  }

  start(id: string): ActiveRun {
    const run = new ActiveRun(id);
    this.#runs.set(id, run);
    this.#onStart();
    return run;
  }

  end(run: ActiveRun): void {
    // A lost lease may have brought the task here a second time meanwhile.
    if (this.#runs.get(run.id) === run) this.#runs.delete(run.id);
  }

  has(run: ActiveRun): boolean {
    return this.#runs.get(run.id) === run;
  }

  /** Ends the task's run if it is here. */
  stop(id: string, reason: StopReason): boolean {
    const run = this.#runs.get(id);
    run?.stop(reason);
    return run !== undefined;
  }

  stopAll(reason: StopReason): void {
    for (const run of this.#runs.values()) run.stop(reason);
  }

  [Symbol.iterator](): Iterator<ActiveRun> {
    return this.#runs.values();
  }
}
