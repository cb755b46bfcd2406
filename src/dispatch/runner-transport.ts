import type { RunHooks, RunnerEntry, RunOutcome, RunRequest } from '../protocol/index.js';

/** Carries one run to one runner. Never rejects: an unreachable runner is an outcome of class `busy`. */
export interface RunnerTransport {
  run(runner: RunnerEntry, request: RunRequest, hooks?: RunHooks): Promise<RunOutcome>;
  close(): Promise<void>;
}

/** Everything that runs algorithms somewhere in the yard looks like this: controller, gateway and `ctx.call` use it. */
export interface Dispatcher {
  /** Picks a runner and runs; tries another one while the outcome is `busy` and there is one. */
  run(request: RunRequest, hooks?: RunHooks): Promise<RunOutcome & { runner?: string }>;
  /** Free places for an algorithm now, over all its runners; undefined when nobody offers it. */
  freeCapacity(algorithm: string): number | undefined;
  /** Calls back with the algorithms whose capacity grew or that appeared. */
  onCapacity(listener: (algorithm: string) => void): () => void;
}
