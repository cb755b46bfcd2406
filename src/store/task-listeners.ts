import type { TaskState } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';

type Listener = (state?: TaskState) => void;

/** Who follows which task, in this process. */
export class TaskListeners {
  readonly #logger: Logger;
  readonly #byTask = new Map<string, Set<Listener>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#byTask.size;
  }

  ids(): string[] {
    return [...this.#byTask.keys()];
  }

  /** @param onGone called when the task has lost its last listener. Gives the way to stop. */
  add(id: string, listener: Listener, onGone: () => void): () => void {
    const registered: Listener = (state) => listener(state);
    const listeners = this.#byTask.get(id) ?? new Set();
    this.#byTask.set(id, listeners);
    listeners.add(registered);
    return () => {
      if (!listeners.delete(registered) || listeners.size > 0) return;
      if (this.#byTask.get(id) !== listeners) return;
      this.#byTask.delete(id);
      onGone();
    };
  }

  call(id: string, state?: TaskState): void {
    for (const listener of [...(this.#byTask.get(id) ?? [])]) {
      try {
        listener(state);
      } catch (error) {
        // One follower's fault must not keep the others from hearing.
        this.#logger.error({ err: error }, 'a listener to a task failed');
      }
    }
  }

  clear(): void {
    this.#byTask.clear();
  }
}
