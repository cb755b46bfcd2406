import type { DescribedProject, LaunchCommand } from '../langpack/index.js';
import type { AlgorithmLimits, Descriptor } from '../protocol/index.js';
import { Algorithm } from './algorithm.js';
import type { Dialect } from './dialect.js';
import type { Ready } from './ready.js';

/** A project at one content of its files: how its children are launched, and what they can run. */
export class Generation {
  readonly project: string;
  readonly launch: LaunchCommand;
  readonly dialect: Dialect;
  readonly #overrides: Readonly<Record<string, AlgorithmLimits>>;
  #algorithms = new Map<string, Algorithm>();
  /** Requests one of its children runs at the same time. */
  concurrency = 1;
  #isAdopted = false;

  /** @param overrides - limits by algorithm that win over the author's */
  constructor(
    described: DescribedProject,
    overrides: Readonly<Record<string, AlgorithmLimits>>,
    dialect: Dialect,
  ) {
    this.dialect = dialect;
    this.project = described.project.name;
    this.launch = described.launch;
    this.#overrides = overrides;
    for (const descriptor of described.algorithms) this.#add(descriptor);
  }

  get algorithms(): ReadonlyMap<string, Algorithm> {
    return this.#algorithms;
  }

  get descriptors(): Descriptor[] {
    return [...this.#algorithms.values()].map(({ descriptor }) => descriptor);
  }

  /** Takes over what the first child said of its algorithms: limits, and whole descriptors nobody knew before. */
  adopt(ready: Ready): void {
    if (this.#isAdopted) return;
    this.#isAdopted = true;
    this.concurrency = ready.concurrency;
    for (const said of ready.algorithms) {
      const known = this.#algorithms.get(said.name)?.descriptor;
      if (known) this.#add({ ...known, limits: mergeLimits(known.limits, said.limits) });
      else if (said.input !== undefined) this.#add({ mode: 'unary', limits: {}, ...said, input: said.input });
    }
  }

  #add(descriptor: Descriptor): void {
    const limits = mergeLimits(descriptor.limits, this.#overrides[descriptor.name]);
    this.#algorithms.set(descriptor.name, new Algorithm({ ...descriptor, limits }));
  }
}

function mergeLimits(limits: AlgorithmLimits, over: AlgorithmLimits | undefined): AlgorithmLimits {
  if (over === undefined) return limits;
  const batch = { ...limits.batch, ...over.batch };
  return { ...limits, ...over, ...(Object.keys(batch).length > 0 && { batch }) };
}
