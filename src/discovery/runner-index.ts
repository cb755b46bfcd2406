import { isDeepStrictEqual } from 'node:util';
import type { Descriptor, DiscoveryDelta, RunnerEntry, RunnerKind } from '../protocol/index.js';

/** Who offers one algorithm. What is read of it is made when it is asked for. */
interface Offer {
  /** By id, in the order they came. */
  runners: Map<string, RunnerEntry>;
  list: readonly RunnerEntry[] | undefined;
  descriptor: Descriptor | undefined;
}

/**
 * Runners by id and by algorithm. What it gives out is never changed, only replaced; a descriptor that comes again with
 * the same words stays the object it was, so that whoever has made something of it may keep that.
 * A change costs by what that runner offers, however many others there are.
 */
export class RunnerIndex {
  readonly #runners = new Map<string, RunnerEntry>();
  readonly #offers = new Map<string, Offer>();
  readonly #counts = new Map<RunnerKind, number>();
  #runnerList: readonly RunnerEntry[] | undefined;
  #algorithmList: readonly Descriptor[] | undefined;

  constructor(runners: Iterable<RunnerEntry> = []) {
    for (const runner of runners) this.set(runner);
  }

  apply(delta: DiscoveryDelta): void {
    if (delta.type === 'put') this.set(delta.runner);
    else this.delete(delta.id);
  }

  set(given: RunnerEntry): void {
    const before = this.#runners.get(given.id);
    const runner = before ? keepDescriptors(given, before) : given;
    this.#runners.set(runner.id, runner);
    this.#runnerList = undefined;
    if (before) this.#count(before.kind, -1);
    this.#count(runner.kind, 1);
    const isSame = runner.algorithms === before?.algorithms;
    if (before && !isSame) this.#withdrawOthers(before, runner);
    const isDescribedAnew = !isSame || rank(before) !== rank(runner);
    for (const { name } of runner.algorithms) this.#offer(name, runner, isDescribedAnew);
  }

  delete(id: string): void {
    const runner = this.#runners.get(id);
    if (!runner) return;
    this.#runners.delete(id);
    this.#runnerList = undefined;
    this.#count(runner.kind, -1);
    for (const { name } of runner.algorithms) this.#withdraw(name, id);
  }

  countRunners(kind: RunnerKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Those that somebody offers. */
  countAlgorithms(): number {
    return this.#offers.size;
  }

  get(id: string): RunnerEntry | undefined {
    return this.#runners.get(id);
  }

  runners(): readonly RunnerEntry[] {
    return (this.#runnerList ??= [...this.#runners.values()]);
  }

  /** Runners that offer an algorithm, in the order they came. */
  find(algorithm: string): readonly RunnerEntry[] {
    const offer = this.#offers.get(algorithm);
    return offer ? (offer.list ??= [...offer.runners.values()]) : [];
  }

  descriptor(name: string): Descriptor | undefined {
    const offer = this.#offers.get(name);
    return offer && (offer.descriptor ??= chooseDescriptor(name, offer.runners.values()));
  }

  /** By name. The same list as before as long as no descriptor is another one. */
  algorithms(): readonly Descriptor[] {
    return (this.#algorithmList ??= [...this.#offers.keys()]
      .map((name) => this.descriptor(name))
      .filter((descriptor) => descriptor !== undefined)
      .sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  #count(kind: RunnerKind, change: number): void {
    this.#counts.set(kind, this.countRunners(kind) + change);
  }

  #offer(name: string, runner: RunnerEntry, isDescribedAnew: boolean): void {
    let offer = this.#offers.get(name);
    if (!offer) this.#offers.set(name, (offer = { runners: new Map(), list: [], descriptor: undefined }));
    offer.runners.set(runner.id, runner);
    offer.list = undefined;
    if (!isDescribedAnew) return;
    offer.descriptor = undefined;
    this.#algorithmList = undefined;
  }

  #withdrawOthers(before: RunnerEntry, { id, algorithms }: RunnerEntry): void {
    const names = new Set(algorithms.map(({ name }) => name));
    for (const { name } of before.algorithms) if (!names.has(name)) this.#withdraw(name, id);
  }

  #withdraw(name: string, id: string): void {
    const offer = this.#offers.get(name);
    if (!offer?.runners.delete(id)) return;
    offer.list = undefined;
    offer.descriptor = undefined;
    this.#algorithmList = undefined;
    if (offer.runners.size === 0) this.#offers.delete(name);
  }
}

/** Each registration comes as new objects, nearly always with the same words. */
function keepDescriptors(given: RunnerEntry, before: RunnerEntry): RunnerEntry {
  if (given.algorithms === before.algorithms) return given;
  if (isDeepStrictEqual(given.algorithms, before.algorithms))
    return { ...given, algorithms: before.algorithms };
  const known = new Map(before.algorithms.map((descriptor) => [descriptor.name, descriptor]));
  const algorithms = given.algorithms.map((descriptor) => {
    const same = known.get(descriptor.name);
    return isDeepStrictEqual(same, descriptor) ? (same ?? descriptor) : descriptor;
  });
  return { ...given, algorithms };
}

/** Runners of several versions may offer one algorithm: the newest that holds a lease knows best. */
function chooseDescriptor(name: string, runners: Iterable<RunnerEntry>): Descriptor | undefined {
  let best: RunnerEntry | undefined;
  for (const runner of runners) if (!best || rank(runner) >= rank(best)) best = runner;
  return best?.algorithms.find((algorithm) => algorithm.name === name);
}

function rank(runner: RunnerEntry): number {
  const usable = runner.healthy && runner.draining !== true;
  return (usable ? 2 ** 52 : 0) + (runner.kind === 'lease' ? 2 ** 51 : 0) + runner.registeredAt;
}
