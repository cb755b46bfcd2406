import type { AlgorithmLimits, Task } from '../protocol/index.js';
import type { ControllerSettings } from './controller-settings.js';

/** How one task is tried again, after everybody who may say so has said so. */
export interface RetryPolicy {
  maxAttempts: number;
  backoffMs: number;
  maxBackoffMs: number;
}

/** The task's own word goes first, then the algorithm's limits, then the settings. */
export function resolveRetryPolicy(
  task: Pick<Task, 'maxAttempts'>,
  limits: AlgorithmLimits,
  settings: ControllerSettings,
): RetryPolicy {
  return {
    maxAttempts: task.maxAttempts ?? limits.maxAttempts ?? settings.maxAttempts,
    backoffMs: limits.backoffMs ?? settings.backoffMs,
    maxBackoffMs: limits.maxBackoffMs ?? settings.maxBackoffMs,
  };
}

/**
 * The wait after the `tries`-th failure: exponential, with jitter so that tasks that failed together do not come back together.
 * @param random gives 0 to 1
 */
export function computeRetryDelayMs(
  tries: number,
  policy: RetryPolicy,
  jitter: number,
  random: () => number,
): number {
  const whole = Math.min(policy.maxBackoffMs, policy.backoffMs * 2 ** Math.min(tries - 1, 40));
  return Math.round(whole * (1 - jitter * random()));
}
