import { isDeepStrictEqual } from 'node:util';
import { RunyardError } from '../errors/index.js';
import type {
  DiscoveryDelta,
  DiscoverySnapshot,
  Lease,
  RunnerEntry,
  RunnerRegistration,
} from '../protocol/index.js';
import { silentLogger, type Logger } from '../telemetry/index.js';
import type { Clock } from './clock.js';
import { LeaseBook } from './lease-book.js';
import { describeOriginal, originalRunnerId, type OriginalRegistration } from './original-runner.js';
import { RunnerProber, type ProbeOptions } from './runner-prober.js';

export interface RunnerRegistryOptions extends ProbeOptions {
  /** A runner that has not renewed for this long is gone. @default 15000 */
  leaseMs?: number;
  /** A runner without a lease that has not answered for this long is forgotten. @default 86400000 */
  forgetAfterMs?: number;
  /** Runners at most. @default 10000 */
  maxRunners?: number;
  /** Runs that a runner without a lease takes at the same time: it cannot say so itself. @default 1 */
  originalCapacity?: number;
  /** @default the system's */
  clock?: Clock;
  logger?: Logger;
}

type DeltaChange = { type: 'put'; runner: RunnerEntry } | { type: 'delete'; id: string };

/**
 * All runners, by lease or by probe, as soft state: it starts empty and the runners' renewals fill it.
 * Entries are replaced, never changed, so that whoever got one may keep it.
 */
export class RunnerRegistry {
  readonly #runners = new Map<string, RunnerEntry>();
  readonly #watchers = new Set<(delta: DiscoveryDelta) => void>();
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseMs: number;
  readonly #forgetAfterMs: number;
  readonly #maxRunners: number;
  readonly #originalCapacity: number;
  readonly #leases: LeaseBook;
  readonly #prober: RunnerProber;
  #revision: number;

  constructor(options: RunnerRegistryOptions = {}) {
    this.#clock = options.clock ?? (() => Date.now());
    this.#logger = options.logger ?? silentLogger;
    this.#leaseMs = options.leaseMs ?? 15_000;
    this.#forgetAfterMs = options.forgetAfterMs ?? 24 * 60 * 60 * 1000;
    this.#maxRunners = options.maxRunners ?? 10_000;
    this.#originalCapacity = options.originalCapacity ?? 1;
    // A later life of this process counts from above: nobody can take its revisions for those of an earlier one.
    this.#revision = this.#clock() * 1000;
    this.#leases = new LeaseBook({
      leaseMs: this.#leaseMs,
      clock: this.#clock,
      onExpire: (id) => {
        this.#logger.warn({ runner: id }, 'a runner has not renewed its lease');
        this.#remove(id);
      },
    });
    this.#prober = new RunnerProber(options, {
      onAnswer: (id, schemas) => this.#answered(id, schemas),
      onSilence: (id, reason) => this.#silent(id, reason),
    });
  }

  /** Registers a runner or renews its lease. @throws RunyardError `busy` when there are too many */
  put(id: string, registration: RunnerRegistration): Lease {
    const known = this.#runners.get(id);
    if (!known) this.#assertRoom();
    const now = this.#clock();
    this.#leases.renew(id);
    this.#dropOriginal(registration.host);
    this.#set({
      ...registration,
      id,
      kind: 'lease',
      healthy: true,
      registeredAt: known?.registeredAt ?? now,
      renewedAt: now,
    });
    return { leaseMs: this.#leaseMs };
  }

  /** False when there was no such runner. */
  delete(id: string): boolean {
    this.#leases.forget(id);
    this.#prober.forget(id);
    return this.#remove(id);
  }

  /**
   * Registers one algorithm of a runner that knows nothing of leases; its algorithms meet in one entry per host.
   * It has just spoken, so it counts as there until it has not answered several times: an original runner registers
   * before it listens.
   */
  registerOriginal({ algorithm, host }: OriginalRegistration): void {
    if (this.#isLeased(algorithm, host)) return;
    const id = originalRunnerId(host);
    const known = this.#runners.get(id);
    if (!known) this.#assertRoom();
    const now = this.#clock();
    const others = known?.algorithms.filter(({ name }) => name !== algorithm) ?? [];
    const same = known?.algorithms.find(({ name }) => name === algorithm);
    this.#set({
      id,
      host,
      algorithms: [...others, same ?? describeOriginal(algorithm, undefined)],
      capacity: this.#originalCapacity,
      load: 0,
      kind: 'probe',
      healthy: true,
      registeredAt: known?.registeredAt ?? now,
      renewedAt: now,
    });
    this.#prober.watch(id, host);
    this.#prober.excuse(id);
  }

  /** Takes one algorithm back; the runner goes with its last one. */
  unregisterOriginal({ algorithm, host }: OriginalRegistration): void {
    const known = this.#runners.get(originalRunnerId(host));
    if (!known) return;
    const algorithms = known.algorithms.filter(({ name }) => name !== algorithm);
    if (algorithms.length === 0) this.delete(known.id);
    else this.#set({ ...known, algorithms });
  }

  list(): RunnerEntry[] {
    return [...this.#runners.values()];
  }

  get(id: string): RunnerEntry | undefined {
    return this.#runners.get(id);
  }

  snapshot(): DiscoverySnapshot {
    return { revision: this.#revision, runners: this.list() };
  }

  /** Calls back with every change from now on, until the returned function is called. */
  watch(listener: (delta: DiscoveryDelta) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    this.#leases.close();
    await this.#prober.close();
  }

  #assertRoom(): void {
    if (this.#runners.size < this.#maxRunners) return;
    throw new RunyardError('busy', `there are ${this.#runners.size} runners, and no more are taken`, {
      retryAfterMs: this.#leaseMs,
    });
  }

  /** The same address may speak both ways; the lease says more. */
  #isLeased(algorithm: string, host: string): boolean {
    const address = originalRunnerId(host);
    return this.list().some(
      (runner) =>
        runner.kind === 'lease' &&
        originalRunnerId(runner.host) === address &&
        runner.algorithms.some(({ name }) => name === algorithm),
    );
  }

  #dropOriginal(host: string): void {
    const id = originalRunnerId(host);
    if (this.#runners.has(id)) this.delete(id);
  }

  #answered(id: string, schemas: Record<string, unknown> | undefined): void {
    const known = this.#runners.get(id);
    if (!known) return;
    if (!known.healthy) this.#logger.info({ runner: id }, 'a runner answers again');
    const algorithms = schemas
      ? known.algorithms.map((one) => describeAgain(one, schemas))
      : known.algorithms;
    this.#set({ ...known, algorithms, healthy: true, renewedAt: this.#clock() });
  }

  #silent(id: string, reason: string): void {
    const known = this.#runners.get(id);
    if (!known) return;
    if (this.#clock() - known.renewedAt > this.#forgetAfterMs) {
      this.delete(id);
      return;
    }
    if (known.healthy) this.#logger.warn({ runner: id, reason }, 'a runner without a lease does not answer');
    this.#set({ ...known, healthy: false });
  }

  /** A renewal that says nothing new is no news to watchers. */
  #set(runner: RunnerEntry): void {
    const known = this.#runners.get(runner.id);
    this.#runners.set(runner.id, runner);
    if (known && isDeepStrictEqual({ ...known, renewedAt: 0 }, { ...runner, renewedAt: 0 })) return;
    this.#publish({ type: 'put', runner });
  }

  #remove(id: string): boolean {
    if (!this.#runners.delete(id)) return false;
    this.#publish({ type: 'delete', id });
    return true;
  }

  #publish(change: DeltaChange): void {
    const delta = { ...change, revision: ++this.#revision };
    for (const watcher of this.#watchers) watcher(delta);
  }
}

type Described = RunnerEntry['algorithms'][number];

/** Compiling a schema costs: one that says the same as before stays. */
function describeAgain(known: Described, schemas: Record<string, unknown>): Described {
  const schema = Object.hasOwn(schemas, known.name) ? schemas[known.name] : undefined;
  if (schema === undefined || isDeepStrictEqual(schema, known.input)) return known;
  return describeOriginal(known.name, schema);
}
