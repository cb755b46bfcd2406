import type { LaneDemand } from '../queue/index.js';

/** Runs this short are claimed ahead of free places, as many as end within this time. */
const AHEAD_MS = 20;
const MAX_AHEAD = 256;
/** Weight of the newest run in the average of its lane. */
const NEWEST_WEIGHT = 0.1;

/** What the controller knows of one lane. */
interface Lane {
  algorithm: string;
  /** The queue may have messages for it. */
  ready: boolean;
  /** Grows with each notice of the queue, so that one that comes during a claim is not forgotten. */
  notices: number;
  /** Places asked for, or taken by messages that have not reached a runner yet. */
  pending: number;
  /** With a runner, or being settled. */
  running: number;
  /** Claimed beyond the free places and not ended yet: see `#countAhead`. */
  ahead: number;
  /** Moving average of the time in the process; undefined before the first run. */
  averageRunMs: number | undefined;
  /** Moving average of the time from the queue to a runner: what starting an attempt takes in the store. */
  averageOpenMs: number;
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
  readonly #starved = new Set<Lane>();
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
    const lanes = new Set([...this.#starved, ...this.#touched]);
    this.#starved.clear();
    this.#touched.clear();
    for (const lane of lanes) {
      const free = this.#countFree(lane);
      if (free === undefined) continue;
      const wanted = free + this.#countAhead(lane, free);
      const max = Math.min(wanted, this.#options.maxConcurrency - this.#inFlight);
      // Whoever gets nothing comes before whoever gets something the next time.
      if (max < wanted && max <= 0) this.#starved.add(lane);
      if (max <= 0) continue;
      lane.ahead += Math.max(0, max - free);
      lane.pending += max;
      this.#inFlight += max;
      demands.push({ algorithm: lane.algorithm, max });
    }
    return demands;
  }

  /** Places that runners have for this lane; undefined when there is nothing to put there, or nobody offers it. */
  #countFree(lane: Lane): number | undefined {
    if (!lane.ready || lane.pause) return undefined;
    const free = this.#options.freeCapacity(lane.algorithm);
    return free === undefined ? undefined : Math.max(0, free - lane.pending);
  }

  /**
   * How many may be claimed beyond the free places. Taking a task off the queue and starting its attempt costs as much
   * time as a short run, with a store over the network as many of them: without this runners would stand idle meanwhile.
   * So as many are on their way as end in that time. Long runs are not claimed ahead: they would wait here while another
   * controller has places for them.
   */
  #countAhead(lane: Lane, free: number): number {
    const isMoving = lane.busyStreak === 0 && (free > 0 || lane.running > 0);
    if (!isMoving || lane.averageRunMs === undefined) return 0;
    const runMs = Math.max(lane.averageRunMs, 0.01);
    const onTheWay = (lane.averageOpenMs / runMs) * (free + lane.running);
    const most = Math.min(MAX_AHEAD, Math.floor(Math.max(AHEAD_MS / runMs, onTheWay)));
    return Math.max(0, most - lane.ahead);
  }

  /** The notices seen so far; pass it to `settleClaim` of a claim that starts now. */
  notices(algorithm: string): number {
    return this.#lanes.get(algorithm)?.notices ?? 0;
  }

  /** A claim gave `got` of `asked` messages. Fewer than asked means the lane is empty, unless the queue said otherwise meanwhile. */
  settleClaim(algorithm: string, asked: number, got: number, noticesBefore: number): void {
    const lane = this.#lane(algorithm);
    lane.pending -= asked - got;
    lane.ahead = Math.max(0, lane.ahead - (asked - got));
    this.#inFlight -= asked - got;
    if (got < asked && lane.notices === noticesBefore) lane.ready = false;
    else this.#touch(lane);
    if (this.#starved.size > 0) this.#options.onWork();
  }

  /** A claimed message has reached a runner, after so long: from here the dispatcher counts its place. */
  markRunning(algorithm: string, openMs?: number): void {
    const lane = this.#lane(algorithm);
    lane.pending--;
    lane.running++;
    if (openMs !== undefined) lane.averageOpenMs += (openMs - lane.averageOpenMs) * NEWEST_WEIGHT;
  }

  /** A run came back after so long in its process (undefined when it was not in one): its place is free for one claimed ahead. */
  markReturned(algorithm: string, durationMs?: number): void {
    const lane = this.#lane(algorithm);
    if (lane.ahead > 0) lane.ahead--;
    if (durationMs === undefined) return;
    const before = lane.averageRunMs ?? durationMs;
    lane.averageRunMs = before + (durationMs - before) * NEWEST_WEIGHT;
  }

  /** A claimed message was done with before it reached a runner. */
  markSkipped(algorithm: string): void {
    this.markRunning(algorithm);
    this.markReturned(algorithm);
    this.markDone(algorithm);
  }

  /** The run is over and its place is free. */
  markDone(algorithm: string): void {
    this.#lane(algorithm).running--;
    this.#inFlight--;
    this.markCapacity(algorithm);
    if (this.#starved.size > 0) this.#options.onWork();
  }

  /**
   * A runner turned work away: the lane pauses, longer each time.
   * @param askedMs how long the runner asked to be left alone; listened to up to `maxBusyBackoffMs`, since another may come sooner
   * @returns how long, in milliseconds
   */
  pause(algorithm: string, askedMs = 0): number {
    const lane = this.#lane(algorithm);
    const { busyBackoffMs, maxBusyBackoffMs } = this.#options;
    // Several runs that are turned away together count once.
    if (!lane.pause) lane.busyStreak++;
    const backoffMs = busyBackoffMs * 2 ** Math.min(lane.busyStreak - 1, 20);
    const delayMs = Math.min(maxBusyBackoffMs, Math.max(backoffMs, askedMs));
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
      if (!lane.ready && lane.pending === 0 && lane.running === 0 && !lane.pause)
        this.#lanes.delete(algorithm);
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
      lane = {
        algorithm,
        ready: false,
        notices: 0,
        pending: 0,
        running: 0,
        ahead: 0,
        averageRunMs: undefined,
        averageOpenMs: 0,
        busyStreak: 0,
        pause: undefined,
      };
      this.#lanes.set(algorithm, lane);
    }
    return lane;
  }
}
