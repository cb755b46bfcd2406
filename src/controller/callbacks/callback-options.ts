/** How callbacks are signed, sent and tried again. Durations are in milliseconds. */
export interface CallbackOptions {
  /** The signing key of Standard Webhooks: `whsec_` and base64. Receivers verify with the same. */
  secret: string;
  /** Lets callbacks reach private addresses, for a yard that serves its own network. @default false */
  allowPrivate?: boolean;
  /** Deliveries tried in all. @default 8 */
  maxTries?: number;
  /** Time limit of one delivery. @default 10000 */
  timeoutMs?: number;
  /** Wait before the second try; it grows fourfold with each further one. @default 5000 */
  backoffMs?: number;
  /** A callback whose task ended longer ago than this is given up. @default 86400000 (24 h) */
  maxAgeMs?: number;
  /** Deliveries at the same time. @default 32 */
  concurrency?: number;
  /** A longer result is left out; the receiver reads it from the task. @default 1048576 */
  maxResultBytes?: number;
  /** How often the store is asked for callbacks that are due. @default 2000 */
  pollIntervalMs?: number;
}

export type ResolvedCallbackOptions = Readonly<Required<CallbackOptions>>;

/** Fills in the defaults, once. */
export function resolveCallbackOptions(given: CallbackOptions): ResolvedCallbackOptions {
  return Object.freeze({
    allowPrivate: false,
    maxTries: 8,
    timeoutMs: 10_000,
    backoffMs: 5_000,
    maxAgeMs: 86_400_000,
    concurrency: 32,
    maxResultBytes: 1_048_576,
    pollIntervalMs: 2_000,
    ...given,
  });
}
