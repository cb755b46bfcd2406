/** How a controller takes, retries and clears tasks. Durations are in milliseconds. */
export interface ControllerSettings {
  /** Tries of a task, unless the task or its algorithm says otherwise. @default 3 */
  maxAttempts: number;
  /** Wait before the second try; it doubles with each further one. @default 1000 */
  backoffMs: number;
  /** The wait never grows beyond this. @default 300000 */
  maxBackoffMs: number;
  /** Part of the wait that is drawn by chance: 0 waits exactly, 1 anywhere between nothing and the whole. @default 1 */
  jitter: number;
  /** A task is dead after crashing its process this often. @default 3 */
  poisonLimit: number;
  /** A task is dead when its controller or runner vanished more often than this. @default 20 */
  maxLostDeliveries: number;
  /** A task that nobody offers to run for this long is dead. @default 3600000 */
  unroutableAfterMs: number;
  /** First pause of a lane whose runners turned a task away; it doubles up to `maxBusyBackoffMs`. @default 100 */
  busyBackoffMs: number;
  /** @default 2000 */
  maxBusyBackoffMs: number;
  /** Ended tasks are kept this long. @default 604800000 (7 days) */
  retentionMs: number;
  /** How often ended tasks are cleared. @default 60000 */
  pruneIntervalMs: number;
  /** How often deadlines and lanes without a runner are looked at. @default 1000 */
  sweepIntervalMs: number;
  /** How often lanes are asked for, in case a notice was lost. @default 10000 */
  laneCheckIntervalMs: number;
  /** A task that has been due for this long while its lane is empty is published anew. @default 60000 */
  lostMessageAfterMs: number;
  /** A run longer than this is watched for the wish to cancel it. @default 200 */
  cancelCheckMs: number;
  /** Runs in flight over all algorithms. @default 1000 */
  maxConcurrency: number;
  /** Last lines of an algorithm's output that an attempt keeps. @default 50 */
  logTailLines: number;
  /** Events of one attempt that are kept for followers. @default 10000 */
  maxEvents: number;
  /** Longest time an event waits for company before it is written. @default 25 */
  eventFlushMs: number;
  /** Shortest time between two kept progress events of a run. @default 100 */
  progressIntervalMs: number;
  /** Time that `close` gives running work before it aborts it. @default 5000 */
  closeGraceMs: number;
  /** Time that `close` waits for aborted runs to end before it leaves them to their leases. @default 10000 */
  abortGraceMs: number;
}

const DEFAULTS: ControllerSettings = {
  maxAttempts: 3,
  backoffMs: 1_000,
  maxBackoffMs: 300_000,
  jitter: 1,
  poisonLimit: 3,
  maxLostDeliveries: 20,
  unroutableAfterMs: 3_600_000,
  busyBackoffMs: 100,
  maxBusyBackoffMs: 2_000,
  retentionMs: 604_800_000,
  pruneIntervalMs: 60_000,
  sweepIntervalMs: 1_000,
  laneCheckIntervalMs: 10_000,
  lostMessageAfterMs: 60_000,
  cancelCheckMs: 200,
  maxConcurrency: 1_000,
  logTailLines: 50,
  maxEvents: 10_000,
  eventFlushMs: 25,
  progressIntervalMs: 100,
  closeGraceMs: 5_000,
  abortGraceMs: 10_000,
};

/** Fills in the defaults, once. */
export function resolveControllerSettings(
  given: Partial<ControllerSettings> = {},
): Readonly<ControllerSettings> {
  return Object.freeze({ ...DEFAULTS, ...given });
}
