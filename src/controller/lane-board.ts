import type { LaneDemand } from '../queue/index.js';

/** What the controller knows of one lane. */
interface Lane {
  algorithm: string;
  /** The queue may have messages for it. */
  ready: boolean;
  /** Grows with each notice of the queue, so that one that comes during a claim is not forgotten. */
  notices: number;
  /** Places asked for, or taken by messages that have not reached a runner yet. */
  pending: number;
  /** Runners turned work away this many times in a row. */
  busyStreak: number;
  pause: NodeJS.Timeout | undefined;
}

export interface LaneBoardOptions {
  /** Places of an algorithm, over all its runners; undefined when nobody offers it. */
  freeCapacity: (algorithm: string) => number | undefined;
  maxConcurrency: number;
  busyBackoffMs: number;
  maxBusyBackoffMs: number;
  /** Something may be claimable now. */
  onWork: () => void;
}

/**
 * Keeps, for each lane, whether there is something to claim and room for it. Only lanes that something happened to are looked at:
 * the cost of a claim does not grow with the number of lanes, and a full lane never stands before another one.
 */
export class LaneBoard {
  readonly #options: LaneBoardOptions;
  readonly #lanes = new Map<string, Lane>();
  /** Lanes to look at, in the order in which they came. */
  readonly #touched = new Set<Lane>();
  /** Lanes that had work and places, but the controller as a whole was full. They go first. */
  #starved = new Set<Lane>();
  /** Claimed, running or being settled, over all lanes. */
  #inFlight = 0;
  #closed = false;

  constructor(options: LaneBoardOptions) {
    this.#options = options;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** The queue has something in this lane. */
  markReady(algorithm: string): void {
    const lane = this.#lane(algorithm);
    lane.ready = true;
    lane.notices++;
    this.#touch(lane);
  }

  /** Runners of this algorithm have places again. */
  markCapacity(algorithm: string): void {
    const lane = this.#lanes.get(algorithm);
    if (lane?.ready) this.#touch(lane);
  }

  /** What to claim now. The places are taken at once; `settleClaim` gives back those that got no message. */
  takeDemands(): LaneDemand[] {
    const demands: LaneDemand[] = [];
    if (this.#closed) return demands;
    const lanes = [...this.#starved, ...this.#touched];
    this.#starved = new Set();
    this.#touched.clear();
    for (const lane of lanes) {
      const max = this.#placesFor(lane);
      if (max === 0) continue;
      lane.pending += max;
      this.#inFlight += max;
      demands.push({ algorithm: lane.algorithm, max });
    }
    return demands;
  }

  #placesFor(lane: Lane): number {
    if (!lane.ready || lane.pause) return 0;
    const free = (this.#options.freeCapacity(lane.algorithm) ?? 0) - lane.pending;
    if (free <= 0) return 0;
    const room = this.#options.maxConcurrency - this.#inFlight;
    if (room < free) this.#starved.add(lane);
    return Math.max(0, Math.min(free, room));
  }

  /** The notices seen so far; pass it to `settleClaim` of a claim that starts now. */
  notices(algorithm: string): number {
    return this.#lanes.get(algorithm)?.notices ?? 0;
  }

  /** A claim gave `got` of `asked` messages. Fewer than asked means the lane is empty, unless the queue said otherwise meanwhile. */
  settleClaim(algorithm: string, asked: number, got: number, noticesBefore: number): void {
    const lane = this.#lane(algorithm);
    lane.pending -= asked - got;
    this.#inFlight -= asked - got;
    if (got < asked && lane.notices === noticesBefore) lane.ready = false;
    else this.#touch(lane);
    if (this.#starved.size > 0) this.#options.onWork();
  }

  /** A claimed message has reached a runner: from here the dispatcher counts its place. */
  markRunning(algorithm: string): void {
    this.#lane(algorithm).pending--;
  }

  /** A claimed message was done with before it reached a runner. */
  markSkipped(algorithm: string): void {
    this.markRunning(algorithm);
    this.markDone(algorithm);
  }

  /** The run is over and its place is free. */
  markDone(algorithm: string): void {
    this.#inFlight--;
    this.markCapacity(algorithm);
    if (this.#starved.size > 0) this.#options.onWork();
  }

  /** A runner turned work away: the lane pauses, longer each time. @returns how long, in milliseconds */
  pause(algorithm: string, leastMs = 0): number {
    const lane = this.#lane(algorithm);
    const { busyBackoffMs, maxBusyBackoffMs } = this.#options;
    // Several runs that are turned away together count once.
    if (!lane.pause) lane.busyStreak++;
    const delayMs = Math.max(
      leastMs,
      Math.min(maxBusyBackoffMs, busyBackoffMs * 2 ** Math.min(lane.busyStreak - 1, 20)),
    );
    if (!lane.pause && !this.#closed) lane.pause = setTimeout(() => this.#resume(lane), delayMs);
    return delayMs;
  }

  /** A runner took work of this lane to its end: whatever turned others away is over. */
  relieve(algorithm: string): void {
    const lane = this.#lanes.get(algorithm);
    if (!lane || lane.busyStreak === 0) return;
    lane.busyStreak = 0;
    if (lane.pause) this.#resume(lane);
  }

  #resume(lane: Lane): void {
    clearTimeout(lane.pause);
    lane.pause = undefined;
    this.#touch(lane);
  }

  /** Forgets lanes that nothing happens in, so that names nobody uses any more take no memory. */
  forgetIdle(): void {
    for (const [algorithm, lane] of this.#lanes) {
      if (!lane.ready && lane.pending === 0 && !lane.pause) this.#lanes.delete(algorithm);
    }
  }

  /** Gives no demands any more. */
  close(): void {
    this.#closed = true;
    for (const lane of this.#lanes.values()) clearTimeout(lane.pause);
    this.#touched.clear();
    this.#starved.clear();
  }

  #touch(lane: Lane): void {
    if (this.#closed) return;
    this.#touched.add(lane);
    this.#options.onWork();
  }

  #lane(algorithm: string): Lane {
    let lane = this.#lanes.get(algorithm);
    if (!lane) {
      lane = { algorithm, ready: false, notices: 0, pending: 0, busyStreak: 0, pause: undefined };
      this.#lanes.set(algorithm, lane);
    }
    return lane;
  }
}
