import type { Descriptor, RunnerEntry } from '../protocol/index.js';
import { RunnerIndex } from './runner-index.js';
import type { RunnerRegistry } from './runner-registry.js';

/** The runners there are, for those who send them work. What it gives out is never changed, only replaced. */
export interface RunnerDirectory {
  runners(): readonly RunnerEntry[];
  /** Runners that offer an algorithm, healthy or not. */
  find(algorithm: string): readonly RunnerEntry[];
  /** Of the newest runner that offers it. */
  descriptor(name: string): Descriptor | undefined;
  /** Sorted by name. */
  algorithms(): readonly Descriptor[];
  /** Calls back after every change, until the returned function is called. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** A directory over the registry of this process. */
export function createLocalDirectory(registry: RunnerRegistry): RunnerDirectory {
  const directory = new IndexedDirectory();
  for (const runner of registry.list()) directory.index.set(runner);
  const stop = registry.watch((delta) => {
    directory.index.apply(delta);
    directory.changed();
  });
  directory.onClose(async () => stop());
  return directory;
}

/** A directory that somebody else keeps up to date through `index` and `changed`. */
export class IndexedDirectory implements RunnerDirectory {
  readonly index = new RunnerIndex();
  readonly #listeners = new Set<() => void>();
  #close: () => Promise<void> = async () => undefined;

  runners(): readonly RunnerEntry[] {
    return this.index.runners();
  }

  find(algorithm: string): readonly RunnerEntry[] {
    return this.index.find(algorithm);
  }

  descriptor(name: string): Descriptor | undefined {
    return this.index.descriptor(name);
  }

  algorithms(): readonly Descriptor[] {
    return this.index.algorithms();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  onClose(close: () => Promise<void>): void {
    this.#close = close;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#close();
  }
}
