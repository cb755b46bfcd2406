import type { Descriptor, DiscoveryDelta, RunnerEntry } from '../protocol/index.js';

interface Offer {
  runners: readonly RunnerEntry[];
  descriptor: Descriptor;
}

/** Runners by id and by algorithm. What it gives out is never changed, only replaced. */
export class RunnerIndex {
  readonly #runners = new Map<string, RunnerEntry>();
  readonly #offers = new Map<string, Offer>();
  #runnerList: readonly RunnerEntry[] | undefined;
  #algorithmList: readonly Descriptor[] | undefined;

  constructor(runners: Iterable<RunnerEntry> = []) {
    for (const runner of runners) this.set(runner);
  }

  apply(delta: DiscoveryDelta): void {
    if (delta.type === 'put') this.set(delta.runner);
    else this.delete(delta.id);
  }

  set(runner: RunnerEntry): void {
    const before = this.#runners.get(runner.id);
    this.#runners.set(runner.id, runner);
    const names = new Set(runner.algorithms.map(({ name }) => name));
    for (const { name } of before?.algorithms ?? []) if (!names.has(name)) this.#withdraw(name, runner.id);
    for (const name of names) this.#offer(name, runner);
    this.#runnerList = undefined;
    this.#algorithmList = undefined;
  }

  delete(id: string): void {
    const runner = this.#runners.get(id);
    if (!runner) return;
    this.#runners.delete(id);
    for (const { name } of runner.algorithms) this.#withdraw(name, id);
    this.#runnerList = undefined;
    this.#algorithmList = undefined;
  }

  get(id: string): RunnerEntry | undefined {
    return this.#runners.get(id);
  }

  runners(): readonly RunnerEntry[] {
    return (this.#runnerList ??= [...this.#runners.values()]);
  }

  /** Runners that offer an algorithm, in the order they came. */
  find(algorithm: string): readonly RunnerEntry[] {
    return this.#offers.get(algorithm)?.runners ?? [];
  }

  descriptor(name: string): Descriptor | undefined {
    return this.#offers.get(name)?.descriptor;
  }

  /** By name. */
  algorithms(): readonly Descriptor[] {
    return (this.#algorithmList ??= [...this.#offers.values()]
      .map(({ descriptor }) => descriptor)
      .sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  #offer(name: string, runner: RunnerEntry): void {
    const others = this.find(name);
    const known = others.some(({ id }) => id === runner.id);
    const runners = known ? others.map((one) => (one.id === runner.id ? runner : one)) : [...others, runner];
    this.#store(name, runners);
  }

  #withdraw(name: string, id: string): void {
    this.#store(
      name,
      this.find(name).filter((runner) => runner.id !== id),
    );
  }

  #store(name: string, runners: readonly RunnerEntry[]): void {
    const descriptor = chooseDescriptor(name, runners);
    if (descriptor) this.#offers.set(name, { runners, descriptor });
    else this.#offers.delete(name);
  }
}

/** Runners of several versions may offer one algorithm: the newest that holds a lease knows best. */
function chooseDescriptor(name: string, runners: readonly RunnerEntry[]): Descriptor | undefined {
  let best: RunnerEntry | undefined;
  for (const runner of runners) if (!best || rank(runner) >= rank(best)) best = runner;
  return best?.algorithms.find((algorithm) => algorithm.name === name);
}

function rank(runner: RunnerEntry): number {
  const usable = runner.healthy && runner.draining !== true;
  return (usable ? 2 ** 52 : 0) + (runner.kind === 'lease' ? 2 ** 51 : 0) + runner.registeredAt;
}
