import type { RunyardClient } from '../../src/client/index.js';

const SUBMITTERS = 20;
/** Between two tasks of a submitter, so that there is load for as long as the schedule lasts. */
const PAUSE_MS = 400;

/** Tasks that are submitted for as long as faults last, and then until there are enough. */
export class Load {
  /** What each accepted task was given, by id. */
  readonly accepted = new Map<string, number>();
  readonly #clients: readonly RunyardClient[];
  readonly #count: number;
  #isHurrying = false;
  #next = 0;

  constructor(clients: readonly RunyardClient[], count: number) {
    this.#clients = clients;
    this.#count = count;
  }

  /** Resolves when enough are accepted, after `hurry`. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: SUBMITTERS }, () => this.#submitMany()));
  }

  /** The faults are over. */
  hurry(): void {
    this.#isHurrying = true;
  }

  async #submitMany(): Promise<void> {
    while (!this.#isHurrying || this.#next < this.#count) {
      await this.#submit(this.#next++);
      if (!this.#isHurrying) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** As clients do: what is refused, or has no answer, is sent again under its key, to whichever gateway. */
  async #submit(value: number): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const client = this.#clients[(value + attempt) % this.#clients.length];
      try {
        const signal = AbortSignal.timeout(15_000);
        const task = await client?.submit('work', { value }, { idempotencyKey: `key-${value}`, signal });
        if (task) this.accepted.set(task.id, value);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }
}
