import type { Descriptor, RunnerEntry } from '../protocol/index.js';
import type { DirectoryListener, RunnerDirectory } from './runner-directory.js';

/** The algorithm that the fixed runner of Part II stands for: its messages name none. */
export const FIXED_ALGORITHM = 'original';

const descriptor: Descriptor = {
  name: FIXED_ALGORITHM,
  description: 'What the one fixed runner does with the body of a message.',
  input: {
    type: 'object',
    properties: {
      body: { type: 'string', description: 'Posted as it is' },
      base64: { type: 'string', description: 'The body as base64, when it is no text' },
    },
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  },
  mode: 'unary',
  limits: {},
};

/** A directory that knows, besides what another one does, the one runner that Part II of the series names by host and port. */
export function addFixedRunner(directory: RunnerDirectory, host: string): RunnerDirectory {
  return new DirectoryWithFixedRunner(directory, {
    id: `fixed:${host}`,
    host,
    kind: 'fixed',
    algorithms: [descriptor],
    // The original controller sends it one at a time.
    capacity: 1,
    load: 0,
    healthy: true,
    registeredAt: 0,
    renewedAt: 0,
  });
}

class DirectoryWithFixedRunner implements RunnerDirectory {
  readonly #others: RunnerDirectory;
  readonly #runner: RunnerEntry;
  #merged: { of: readonly Descriptor[]; list: readonly Descriptor[] } | undefined;

  constructor(others: RunnerDirectory, runner: RunnerEntry) {
    this.#others = others;
    this.#runner = runner;
  }

  runners(): readonly RunnerEntry[] {
    return [...this.#others.runners(), this.#runner];
  }

  get(id: string): RunnerEntry | undefined {
    return id === this.#runner.id ? this.#runner : this.#others.get(id);
  }

  find(algorithm: string): readonly RunnerEntry[] {
    return algorithm === FIXED_ALGORITHM ? [this.#runner] : this.#others.find(algorithm);
  }

  descriptor(name: string): Descriptor | undefined {
    return name === FIXED_ALGORITHM ? descriptor : this.#others.descriptor(name);
  }

  algorithms(): readonly Descriptor[] {
    const others = this.#others.algorithms();
    if (this.#merged?.of !== others) {
      const list = [...others.filter(({ name }) => name !== FIXED_ALGORITHM), descriptor];
      this.#merged = { of: others, list: list.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    }
    return this.#merged.list;
  }

  onChange(listener: DirectoryListener): () => void {
    return this.#others.onChange(listener);
  }

  close(): Promise<void> {
    return this.#others.close();
  }
}
