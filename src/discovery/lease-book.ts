import type { Clock } from './clock.js';

/** Who holds a lease until when. All leases are equally long, so the order of renewal is the order of expiry. */
export class LeaseBook {
  readonly #expiries = new Map<string, number>();
  readonly #leaseMs: number;
  readonly #clock: Clock;
  readonly #onExpire: (id: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = 0;

  constructor(options: { leaseMs: number; clock: Clock; onExpire: (id: string) => void }) {
    this.#leaseMs = options.leaseMs;
    this.#clock = options.clock;
    this.#onExpire = options.onExpire;
  }

  renew(id: string): void {
    this.#expiries.delete(id);
    this.#expiries.set(id, this.#clock() + this.#leaseMs);
    this.#arm();
  }

  forget(id: string): void {
    this.#expiries.delete(id);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#expiries.clear();
  }

  #arm(): void {
    const first = this.#expiries.values().next();
    if (this.#timer !== undefined || first.done === true) return;
    this.#dueAt = first.value;
    this.#timer = setTimeout(() => this.#expire(), Math.max(0, first.value - this.#clock()));
    this.#timer.unref();
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock();
    // This process slept or was blocked, so it could not hear renewals either: everybody gets the time to send one.
    if (now - this.#dueAt > this.#leaseMs / 2) this.#renewAll(now);
    for (const [id, expiresAt] of this.#expiries) {
      if (expiresAt > now) break;
      this.#expiries.delete(id);
      this.#onExpire(id);
    }
    this.#arm();
  }

  #renewAll(now: number): void {
    for (const id of this.#expiries.keys()) this.#expiries.set(id, now + this.#leaseMs);
  }
}
