import type { Descriptor, RunnerEntry } from '../protocol/index.js';
import { RunnerIndex } from './runner-index.js';
import type { RunnerRegistry } from './runner-registry.js';

/** @param changed the runners that came, changed or went; undefined when it may be any */
export type DirectoryListener = (changed?: ReadonlySet<string>) => void;

/** The runners there are, for those who send them work. What it gives out is never changed, only replaced. */
export interface RunnerDirectory {
  runners(): readonly RunnerEntry[];
  get(id: string): RunnerEntry | undefined;
  /** Runners that offer an algorithm, healthy or not. */
  find(algorithm: string): readonly RunnerEntry[];
  /** Of the newest runner that offers it. */
  descriptor(name: string): Descriptor | undefined;
  /** Sorted by name; the same list as before as long as it says the same. */
  algorithms(): readonly Descriptor[];
  /** Calls back after every change, until the returned function is called. */
  onChange(listener: DirectoryListener): () => void;
  close(): Promise<void>;
}

/** A directory over the registry of this process. */
export function createLocalDirectory(registry: RunnerRegistry): RunnerDirectory {
  const directory = new IndexedDirectory();
  for (const runner of registry.list()) directory.index.set(runner);
  const stop = registry.watch((delta) => {
    directory.index.apply(delta);
    directory.changed(new Set([delta.type === 'put' ? delta.runner.id : delta.id]));
  });
  directory.onClose(async () => stop());
  return directory;
}

/** A directory that somebody else keeps up to date through `index` and `changed`. */
export class IndexedDirectory implements RunnerDirectory {
  readonly index = new RunnerIndex();
  readonly #listeners = new Set<DirectoryListener>();
  #close: () => Promise<void> = async () => undefined;

  runners(): readonly RunnerEntry[] {
    return this.index.runners();
  }

  get(id: string): RunnerEntry | undefined {
    return this.index.get(id);
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

  onChange(listener: DirectoryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  changed(runners?: ReadonlySet<string>): void {
    for (const listener of this.#listeners) listener(runners);
  }

  onClose(close: () => Promise<void>): void {
    this.#close = close;
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#close();
  }
}
