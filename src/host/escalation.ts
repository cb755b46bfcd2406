import type { ChildProcess } from './child-process.js';
import type { PoolOptions } from './project-host.js';

/** Ends a child step by step: end of input, SIGTERM to its group, SIGKILL to its group. Each step comes only once. */
export class Escalation {
  readonly #child: ChildProcess;
  readonly #options: Readonly<PoolOptions>;
  readonly #sweepBy: (time: number) => void;
  #next: 'terminate' | 'kill' | undefined;
  #nextAt = Infinity;

  constructor(child: ChildProcess, options: Readonly<PoolOptions>, sweepBy: (time: number) => void) {
    this.#child = child;
    this.#options = options;
    this.#sweepBy = sweepBy;
  }

  end(): void {
    this.#child.end();
    this.#schedule('terminate', this.#options.cancelGraceMs);
  }

  terminate(): void {
    this.#child.signal('SIGTERM');
    this.#schedule('kill', this.#options.killGraceMs);
  }

  kill(): void {
    this.#next = undefined;
    this.#nextAt = Infinity;
    this.#child.signal('SIGKILL');
  }

  /** Takes the step that is due and returns when the one after it is. */
  sweep(now: number): number {
    if (now < this.#nextAt) return this.#nextAt;
    if (this.#next === 'terminate') this.terminate();
    else this.kill();
    return this.#nextAt;
  }

  #schedule(step: 'terminate' | 'kill', afterMs: number): void {
    this.#next = step;
    this.#nextAt = performance.now() + afterMs;
    this.#sweepBy(this.#nextAt);
  }
}
