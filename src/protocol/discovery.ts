import type { Descriptor } from './descriptor.js';

/** What a runner says of itself when it registers and each time it renews: `PUT /runners/{id}`. */
export interface RunnerRegistration {
  /** Base address, e.g. `http://nlp-runner:5001`. */
  host: string;
  algorithms: Descriptor[];
  /** Runs it takes at the same time, over all its algorithms. */
  capacity: number;
  /** Runs it takes at the same time of one algorithm, where that differs from `capacity`. */
  capacities?: Record<string, number>;
  /** Runs it has now. */
  load: number;
  /** Takes no new work: it is about to go. */
  draining?: boolean;
  version?: string;
  labels?: Record<string, string>;
}

/** Answer to a registration: renew well before this runs out. */
export interface Lease {
  leaseMs: number;
}

/**
 * - `lease`: it renews.
 * - `probe`: it registered by the original `POST /algorithms` and is asked for `/schemas` instead.
 * - `fixed`: it is named by a setting and knows nothing of algorithms: what it is to do is posted to `/`.
 */
export type RunnerKind = 'lease' | 'probe' | 'fixed';

/** A runner as discovery knows it. */
export interface RunnerEntry extends RunnerRegistration {
  id: string;
  kind: RunnerKind;
  /** False while a probed runner does not answer: no work is sent to it. */
  healthy: boolean;
  registeredAt: number;
  /** When the lease runs out, or when the last good probe was. */
  renewedAt: number;
}

/** One change of the registry; `revision` grows by one with each. */
export type DiscoveryDelta =
  { revision: number; type: 'put'; runner: RunnerEntry } | { revision: number; type: 'delete'; id: string };

/** First message of a watch, and the whole truth at that moment. */
export interface DiscoverySnapshot {
  revision: number;
  runners: RunnerEntry[];
}
