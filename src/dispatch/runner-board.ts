import type { Clock, RunnerDirectory } from '../discovery/index.js';
import type { RunnerEntry } from '../protocol/index.js';
import type { Metrics } from '../telemetry/index.js';
import { CircuitBreaker, type BreakerOptions, type BreakerState } from './circuit-breaker.js';
import { freeRoom, type Place, type RunnerState } from './place.js';

export interface RunnerBoardOptions {
  directory: RunnerDirectory;
  breaker: BreakerOptions;
  clock: Clock;
  metrics?: Metrics;
  /** There may be room for an algorithm that there was not before. */
  onRoom: (algorithm: string) => void;
}

/** Where each algorithm can run now, in step with the directory, with what is in flight there. */
export class RunnerBoard {
  readonly #options: RunnerBoardOptions;
  readonly #runners = new Map<string, RunnerState>();
  readonly #lanes = new Map<string, Place[]>();
  readonly #stop: () => void;

  constructor(options: RunnerBoardOptions) {
    this.#options = options;
    this.#stop = options.directory.onChange((changed) => this.#refresh(changed));
    this.#refresh();
  }

  /** Places of an algorithm at runners that are healthy and stay; undefined when there is none. */
  places(algorithm: string): readonly Place[] | undefined {
    return this.#lanes.get(algorithm);
  }

  freeCapacity(algorithm: string): number | undefined {
    const places = this.#lanes.get(algorithm);
    if (!places) return undefined;
    let free = 0;
    for (const place of places) free += freeRoom(place);
    return free;
  }

  /** A run begins; true when it is the breaker's trial. Hand that back to `leave`. */
  enter(place: Place): boolean {
    place.inflight++;
    place.runner.inflight++;
    return place.runner.breaker.begin();
  }

  /** A run ended, and its place is free for another one. */
  leave(place: Place): void {
    const { runner, algorithm } = place;
    const wasFull = runner.inflight >= runner.capacity;
    place.inflight--;
    runner.inflight--;
    if (wasFull) this.#announce(runner);
    else this.#options.onRoom(algorithm);
  }

  /** Sends no work of this algorithm there for a while. */
  pause(place: Place, ms: number): void {
    clearTimeout(place.pauseTimer);
    place.pausedUntil = this.#options.clock() + ms;
    place.pauseTimer = setTimeout(() => this.resume(place), ms);
    place.pauseTimer.unref();
  }

  resume(place: Place): void {
    if (place.pausedUntil === 0) return;
    clearTimeout(place.pauseTimer);
    place.pausedUntil = 0;
    this.#options.onRoom(place.algorithm);
  }

  close(): void {
    this.#stop();
    for (const runner of this.#runners.values()) this.#forget(runner);
  }

  /** @param changed the runners to look at; all when absent */
  #refresh(changed?: ReadonlySet<string>): void {
    const { directory, onRoom } = this.#options;
    const ids = changed ?? new Set([...this.#runners.keys(), ...directory.runners().map(({ id }) => id)]);
    const grown = new Set<string>();
    for (const id of ids) {
      const entry = directory.get(id);
      const known = this.#runners.get(id);
      if (entry) this.#take(known ?? this.#addRunner(entry), entry, grown);
      else if (known) this.#forget(known);
    }
    for (const algorithm of grown) onRoom(algorithm);
  }

  #take(runner: RunnerState, entry: RunnerEntry, grown: Set<string>): void {
    if (runner.entry !== entry || runner.places.size === 0) this.#update(runner, entry, grown);
  }

  #addRunner(entry: RunnerEntry): RunnerState {
    const { clock, breaker, metrics } = this.#options;
    const onChange = (state: BreakerState): void => {
      metrics?.breakerOpen.set({ runner: entry.id }, state === 'open' ? 1 : 0);
      if (state !== 'open') this.#announce(runner);
    };
    const runner: RunnerState = {
      id: entry.id,
      entry,
      capacity: 0,
      inflight: 0,
      breaker: new CircuitBreaker(breaker, clock, onChange),
      places: new Map(),
    };
    this.#runners.set(entry.id, runner);
    metrics?.breakerOpen.set({ runner: entry.id }, 0);
    return runner;
  }

  #update(runner: RunnerState, entry: RunnerEntry, grown: Set<string>): void {
    const roomBefore = runner.capacity;
    runner.entry = entry;
    runner.capacity = Math.max(1, entry.capacity);
    const takesWork = entry.healthy && entry.draining !== true;
    const offered = new Set(takesWork ? entry.algorithms.map(({ name }) => name) : []);
    for (const place of runner.places.values()) if (!offered.has(place.algorithm)) this.#removePlace(place);
    for (const algorithm of offered) {
      const capacity = entry.capacities?.[algorithm] ?? entry.capacity;
      const place = runner.places.get(algorithm) ?? this.#addPlace(runner, algorithm);
      if (capacity > place.capacity || runner.capacity > roomBefore) grown.add(algorithm);
      place.capacity = capacity;
    }
  }

  #addPlace(runner: RunnerState, algorithm: string): Place {
    const place: Place = {
      runner,
      algorithm,
      capacity: 0,
      inflight: 0,
      pausedUntil: 0,
      pauseTimer: undefined,
    };
    runner.places.set(algorithm, place);
    const places = this.#lanes.get(algorithm);
    if (places) places.push(place);
    else this.#lanes.set(algorithm, [place]);
    return place;
  }

  /** Runs that are still there keep the place itself until they end. */
  #removePlace(place: Place): void {
    clearTimeout(place.pauseTimer);
    place.runner.places.delete(place.algorithm);
    const places = this.#lanes.get(place.algorithm);
    const index = places?.indexOf(place) ?? -1;
    if (places && index !== -1) places.splice(index, 1);
    if (places?.length === 0) this.#lanes.delete(place.algorithm);
  }

  #forget(runner: RunnerState): void {
    this.#runners.delete(runner.id);
    runner.breaker.close();
    for (const place of [...runner.places.values()]) this.#removePlace(place);
    this.#options.metrics?.breakerOpen.remove({ runner: runner.id });
  }

  #announce(runner: RunnerState): void {
    for (const algorithm of runner.places.keys()) this.#options.onRoom(algorithm);
  }
}
