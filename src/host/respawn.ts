import type { PoolOptions } from './project-host.js';

/** Says when a process may be started again after others have died: at once the first time, then with growing waits. */
export class Respawn {
  readonly #options: Readonly<PoolOptions>;
  #crashesInARow = 0;
  #mayStartAt = 0;
  #isLooping = false;

  constructor(options: Readonly<PoolOptions>) {
    this.#options = options;
  }

  /** Processes died one after the other without a good answer in between, and none has come up since. */
  get isLooping(): boolean {
    return this.#isLooping;
  }

  /** Not before then (performance.now); 0 when there is nothing to wait for. */
  get mayStartAt(): number {
    return this.#mayStartAt;
  }

  crashed(now: number): void {
    const { respawnBackoffMs, maxRespawnBackoffMs, crashLoopThreshold } = this.#options;
    const waits = this.#crashesInARow;
    this.#crashesInARow += 1;
    this.#isLooping = this.#crashesInARow >= crashLoopThreshold;
    if (waits === 0) return;
    const longest = Math.min(maxRespawnBackoffMs, respawnBackoffMs * 2 ** (waits - 1));
    // Jitter: hosts that were hit by the same cause are not to come back in step.
    this.#mayStartAt = now + longest * (0.5 + Math.random() / 2);
  }

  /** A process is ready. It may still die at its first run: the next wait will be longer than the last. */
  cameUp(): void {
    this.#isLooping = false;
    this.#mayStartAt = 0;
  }

  /** A child gave a good answer, or new code came. */
  reset(): void {
    this.cameUp();
    this.#crashesInARow = 0;
  }
}
