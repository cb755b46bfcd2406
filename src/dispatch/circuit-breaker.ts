import type { Clock } from '../discovery/index.js';

export interface BreakerOptions {
  /** Failures in a row that open it. @default 3 */
  failures?: number;
  /** First time it stays open, in milliseconds; it doubles with each failed trial. @default 1000 */
  openMs?: number;
  /** @default 30000 */
  maxOpenMs?: number;
}

/**
 * - `closed`: work goes through.
 * - `open`: none does.
 * - `half-open`: the time is over; one run goes through as a trial and decides.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Keeps work away from a runner that does not answer. */
export class CircuitBreaker {
  readonly #failuresToOpen: number;
  readonly #openMs: number;
  readonly #maxOpenMs: number;
  readonly #clock: Clock;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #failures = 0;
  #timesOpened = 0;
  #openUntil = 0;
  #onTrial = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: BreakerOptions, clock: Clock, onChange: (state: BreakerState) => void) {
    this.#failuresToOpen = options.failures ?? 3;
    this.#openMs = options.openMs ?? 1_000;
    this.#maxOpenMs = options.maxOpenMs ?? 30_000;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** May a run begin now? */
  get admits(): boolean {
    return this.#state === 'closed' || (this.#state === 'half-open' && !this.#onTrial);
  }

  /** How long until it may be tried again, in milliseconds. */
  get waitMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntil - this.#clock()) : 0;
  }

  /** A run begins; true when it is the trial. Hand that back with its end. */
  begin(): boolean {
    if (this.#state === 'closed') return false;
    this.#onTrial = true;
    return true;
  }

  /** The runner answered, whatever it said. */
  succeed(isTrial: boolean): void {
    if (isTrial) this.#onTrial = false;
    // What was begun before it opened says nothing about now.
    if (!isTrial && this.#state !== 'closed') return;
    this.#failures = 0;
    if (this.#state === 'closed') return;
    this.#timesOpened = 0;
    this.#set('closed');
  }

  /** The runner did not answer, or cannot run anything. */
  fail(isTrial: boolean): void {
    if (isTrial) this.#onTrial = false;
    else if (this.#state !== 'closed' || ++this.#failures < this.#failuresToOpen) return;
    this.#open();
  }

  /** The run ended without saying anything about the runner. */
  abandon(isTrial: boolean): void {
    if (!isTrial) return;
    this.#onTrial = false;
    this.#onChange(this.#state);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #open(): void {
    const openMs = Math.min(this.#maxOpenMs, this.#openMs * 2 ** Math.min(this.#timesOpened++, 20));
    this.#failures = 0;
    this.#openUntil = this.#clock() + openMs;
    this.#timer = setTimeout(() => this.#set('half-open'), openMs);
    this.#timer.unref();
    this.#set('open');
  }

  #set(state: BreakerState): void {
    this.#state = state;
    this.#onChange(state);
  }
}
