import { request, type Dispatcher } from 'undici';
import { RunyardError } from '../errors/index.js';
import type { Lease, RunnerRegistration } from '../protocol/index.js';
import type { RunnerRegistry } from './runner-registry.js';

/** Where a runner registers. Every method rejects when the other side cannot be reached or refuses. */
export interface RegistrationTarget {
  readonly name: string;
  /** How loudly a success is told: what is in this process goes without saying. */
  readonly successLevel: 'info' | 'debug';
  /** Registers or renews. */
  register(id: string, registration: RunnerRegistration): Promise<Lease>;
  unregister(id: string): Promise<void>;
}

export function createLocalTarget(registry: RunnerRegistry): RegistrationTarget {
  return {
    name: 'this process',
    successLevel: 'debug',
    register: async (id, registration) => registry.put(id, registration),
    unregister: async (id) => {
      registry.delete(id);
    },
  };
}

export interface RemoteTargetOptions {
  url: string;
  dispatcher: Dispatcher;
  timeoutMs: number;
  /** Registers every algorithm by `POST /algorithms` too. */
  original: boolean;
}

/** How often an original discovery hears of a runner again: it forgets everything when it restarts. */
const ORIGINAL_LEASE_MS = 45_000;

/** Registers over HTTP, by lease; with a discovery that has no leases, one algorithm after the other. */
export class RemoteTarget implements RegistrationTarget {
  readonly name: string;
  readonly successLevel = 'info';
  readonly #options: RemoteTargetOptions;
  #hasLeases: boolean | undefined;

  constructor(options: RemoteTargetOptions) {
    this.name = options.url.replace(/\/+$/, '');
    this.#options = options;
  }

  async register(id: string, registration: RunnerRegistration): Promise<Lease> {
    try {
      const lease = this.#hasLeases === false ? undefined : await this.#putLease(id, registration);
      if (!lease || this.#options.original) await this.#postAlgorithms(registration);
      return lease ?? { leaseMs: ORIGINAL_LEASE_MS };
    } catch (error) {
      // What comes back may be another program.
      this.#hasLeases = undefined;
      throw error;
    }
  }

  async unregister(id: string): Promise<void> {
    if (this.#hasLeases !== false) await this.#send('DELETE', `/runners/${encodeURIComponent(id)}`);
  }

  /** Undefined when the discovery does not know leases. */
  async #putLease(id: string, registration: RunnerRegistration): Promise<Lease | undefined> {
    const { status, body } = await this.#send('PUT', `/runners/${encodeURIComponent(id)}`, registration);
    this.#hasLeases = status < 300;
    if (status === 404 || status === 405) return undefined;
    const lease = status < 300 ? (JSON.parse(body) as Partial<Lease>) : undefined;
    if (typeof lease?.leaseMs === 'number' && lease.leaseMs > 0) return { leaseMs: lease.leaseMs };
    throw new RunyardError(
      'internal',
      `PUT /runners gave ${status}, expected a lease: ${body.slice(0, 500)}`,
    );
  }

  /** It cannot be told that a runner drains, so one that does is not told of again. */
  async #postAlgorithms({ host, algorithms, draining }: RunnerRegistration): Promise<void> {
    if (draining === true) return;
    for (const { name: algorithm } of algorithms) {
      const { status, body } = await this.#send('POST', '/algorithms', { algorithm, host });
      if (status >= 300)
        throw new RunyardError('internal', `POST /algorithms gave ${status}: ${body.slice(0, 500)}`);
    }
  }

  async #send(
    method: 'PUT' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: string }> {
    const { dispatcher, timeoutMs } = this.#options;
    const response = await request(this.name + path, {
      method,
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return { status: response.statusCode, body: await response.body.text() };
  }
}
