import { nearestName } from '../config/index.js';
import type { RunnerDirectory } from '../discovery/index.js';
import { RunyardError } from '../errors/index.js';
import {
  takesArguments,
  type AlgorithmView,
  type Descriptor,
  type RunnerEntry,
  type RunnerView,
} from '../protocol/index.js';
import type { Caller } from './caller.js';

/** Names listed in a message at most. */
const MAX_LISTED = 20;

/** What a route's path says of an algorithm: `ocr`, or `owner/ocr`. */
export interface AlgorithmParams {
  owner?: string;
  algorithm: string;
}

export function readAlgorithm({ owner, algorithm }: AlgorithmParams): string {
  return owner === undefined ? algorithm : `${owner}/${algorithm}`;
}

/** The algorithms of the yard, as one caller may see them. */
export class AlgorithmCatalogue {
  readonly #directory: RunnerDirectory;

  constructor(directory: RunnerDirectory) {
    this.#directory = directory;
  }

  /** Sorted by name. */
  visibleTo(caller: Caller): Descriptor[] {
    return this.#directory.algorithms().filter(({ name }) => caller.mayUse(name));
  }

  isOffered(name: string): boolean {
    return this.#directory.descriptor(name) !== undefined;
  }

  /** True unless the algorithm is on offer and takes other values than arguments by name. */
  takesArguments(name: string): boolean {
    const descriptor = this.#directory.descriptor(name);
    return descriptor === undefined || takesArguments(descriptor.input);
  }

  /** @throws RunyardError `forbidden`, or `unknown_algorithm` with the names there are */
  get(name: string, caller: Caller): Descriptor {
    caller.assertMayUse(name);
    const descriptor = this.#directory.descriptor(name);
    if (descriptor === undefined) throw this.#describeUnknown(name, caller);
    return descriptor;
  }

  view(descriptor: Descriptor): AlgorithmView {
    const runners = this.#directory.find(descriptor.name);
    return { ...descriptor, runners: runners.map((runner) => viewRunner(runner, descriptor.name)) };
  }

  /** Every runner with the names of what it offers. */
  runners(caller: Caller): (RunnerView & { algorithms: string[] })[] {
    return this.#directory.runners().map((runner) => {
      const names = runner.algorithms.map(({ name }) => name).filter((name) => caller.mayUse(name));
      return { ...viewRunner(runner), algorithms: names };
    });
  }

  #describeUnknown(name: string, caller: Caller): RunyardError {
    const names = this.visibleTo(caller).map((descriptor) => descriptor.name);
    const near = nearestName(name, names);
    const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more (GET /algorithms)` : '';
    const offered = names.length === 0 ? 'nothing yet' : names.slice(0, MAX_LISTED).join(', ') + more;
    return new RunyardError(
      'unknown_algorithm',
      `There is no algorithm "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} Offered: ${offered}.`,
    );
  }
}

function viewRunner(runner: RunnerEntry, algorithm?: string): RunnerView {
  const { id, host, kind, healthy, draining, load, version, labels } = runner;
  const capacity = (algorithm === undefined ? undefined : runner.capacities?.[algorithm]) ?? runner.capacity;
  return {
    id,
    host,
    kind,
    healthy,
    ...(draining !== undefined && { draining }),
    capacity,
    load,
    ...(version !== undefined && { version }),
    ...(labels && { labels }),
  };
}
