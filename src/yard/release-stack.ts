/** Gives resources back in the opposite order of their coming; one failure does not keep the others. */
export class ReleaseStack {
  readonly #releases: (() => unknown)[] = [];

  push(release: () => unknown): void {
    this.#releases.push(release);
  }

  /** Runs and forgets every release. @throws AggregateError when some failed, after all have run. */
  async release(): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#releases.pop(); next !== undefined; next = this.#releases.pop()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'some resources could not be released');
  }
}
