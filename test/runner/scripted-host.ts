import type { HostHealth, ProjectHost } from '../../src/host/index.js';
import type { Descriptor, RunFailed, RunHooks, RunOutcome, RunRequest } from '../../src/protocol/index.js';
import { failedWith } from '../dispatch/test-yard.js';

/** A host that does what the test says, and keeps what it was asked. */
export class ScriptedHost implements ProjectHost {
  algorithms: readonly Descriptor[];
  readonly requests: RunRequest[] = [];
  state: HostHealth['state'] = 'ready';
  running = 0;
  capacities: Record<string, number> = {};
  behave: (request: RunRequest, hooks: RunHooks) => RunOutcome | Promise<RunOutcome>;
  readonly #listeners = new Set<() => void>();
  readonly #drained: (() => void)[] = [];

  constructor(...algorithms: Partial<Descriptor>[]) {
    this.algorithms = algorithms.map((algorithm) => ({
      name: 'echo',
      input: { type: 'object' },
      mode: 'unary',
      limits: {},
      ...algorithm,
    }));
    this.behave = ({ args }) => succeededWith(JSON.stringify(args));
  }

  async run(request: RunRequest, hooks: RunHooks = {}): Promise<RunOutcome> {
    this.requests.push(request);
    this.running++;
    const outcome = await this.behave(request, hooks);
    if (--this.running === 0) for (const resolve of this.#drained.splice(0)) resolve();
    return outcome;
  }

  capacity(algorithm: string): number {
    return this.capacities[algorithm] ?? 2;
  }

  health(): HostHealth {
    const { state, running } = this;
    const lastError = state === 'crash_loop' ? { lastError: 'exited with code 3' } : {};
    return { state, processes: 1, running, waiting: 0, starts: 1, crashes: 0, ...lastError };
  }

  async replace(): Promise<void> {
    throw new Error('a scripted host has no code to replace');
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  change(change: Partial<Pick<ScriptedHost, 'algorithms' | 'state'>>): void {
    Object.assign(this, change);
    for (const listener of this.#listeners) listener();
  }

  async drain(signal?: AbortSignal): Promise<void> {
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      this.#drained.push(resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  }

  async close(): Promise<void> {
    this.state = 'stopped';
  }
}

export function succeededWith(resultJson: string): RunOutcome {
  return { ok: true, resultJson, logs: [], durationMs: 1.5 };
}

/** Runs until it is cancelled. */
export function untilCancelled(_request: RunRequest, { signal }: RunHooks): Promise<RunFailed> {
  return new Promise((resolve) => {
    signal?.addEventListener('abort', () => resolve(failedWith('cancelled')));
  });
}
