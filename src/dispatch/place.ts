import type { RunnerEntry } from '../protocol/index.js';
import type { CircuitBreaker } from './circuit-breaker.js';

/** What the dispatcher knows of one runner. */
export interface RunnerState {
  readonly id: string;
  entry: RunnerEntry;
  /** Runs it takes at the same time, over all its algorithms. */
  capacity: number;
  /** Runs sent there by this dispatcher that have not ended. */
  inflight: number;
  readonly breaker: CircuitBreaker;
  readonly places: Map<string, Place>;
}

/** One algorithm at one runner. */
export interface Place {
  readonly runner: RunnerState;
  readonly algorithm: string;
  capacity: number;
  inflight: number;
  /** It turned work away and gets none until then; 0 when it takes work. */
  pausedUntil: number;
  pauseTimer: NodeJS.Timeout | undefined;
}

/** Share of its room that is taken: of the algorithm's or of the runner's, whichever is tighter. */
export function loadOf({ runner, capacity, inflight }: Place): number {
  return Math.max(inflight / capacity, runner.inflight / runner.capacity);
}

/** May a run be sent there now? */
export function isOpen(place: Place): boolean {
  return place.capacity > 0 && place.pausedUntil === 0 && place.runner.breaker.admits;
}

/** Runs it takes now beyond those it has. A runner on trial takes one. */
export function freeRoom(place: Place): number {
  if (!isOpen(place)) return 0;
  const { runner, capacity, inflight } = place;
  if (runner.breaker.state !== 'closed') return 1;
  return Math.max(0, Math.min(capacity - inflight, runner.capacity - runner.inflight));
}
