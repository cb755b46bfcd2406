import { RunyardError } from '../errors/index.js';
import type { ApiKey } from './gateway-options.js';

/** Who sends a request, and what that lets it do. */
export class Caller {
  /** Name of the key; undefined where no keys are needed. */
  readonly owner: string | undefined;
  readonly #algorithms: ReadonlySet<string> | undefined;

  constructor(key?: ApiKey) {
    this.owner = key?.name;
    this.#algorithms = key?.algorithms && new Set(key.algorithms);
  }

  /** True for a key that may use only some algorithms; of tasks it sees its own only. */
  get isRestricted(): boolean {
    return this.#algorithms !== undefined;
  }

  mayUse(algorithm: string): boolean {
    return this.#algorithms === undefined || this.#algorithms.has(algorithm);
  }

  /** @throws RunyardError `forbidden`, whether there is such an algorithm or not */
  assertMayUse(algorithm: string): void {
    if (this.mayUse(algorithm)) return;
    const allowed = [...(this.#algorithms ?? [])].join(', ') || 'none';
    throw new RunyardError(
      'forbidden',
      `The key "${this.owner}" may not use "${algorithm}"; it may use: ${allowed}. Use another key, or add the algorithm to this one's list.`,
    );
  }

  /** @throws RunyardError `forbidden` for a restricted key */
  assertUnrestricted(what: string): void {
    if (!this.isRestricted) return;
    throw new RunyardError(
      'forbidden',
      `The key "${this.owner}" is for some algorithms only and may not see ${what}. Use a key without a list of algorithms.`,
    );
  }

  maySee(task: { algorithm: string; owner?: string }): boolean {
    return !this.isRestricted || (task.owner === this.owner && this.mayUse(task.algorithm));
  }

  /** What narrows a query of tasks to those this caller may see. */
  get taskScope(): { owner?: string } {
    return this.isRestricted && this.owner !== undefined ? { owner: this.owner } : {};
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before any route of the gateway runs. */
    caller: Caller;
  }
}
