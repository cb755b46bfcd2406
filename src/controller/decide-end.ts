import { describeError } from '../errors/index.js';
import {
  isLost,
  type AlgorithmLimits,
  type RunFailed,
  type RunFailure,
  type RunOutcome,
  type Task,
  type TaskError,
} from '../protocol/index.js';
import type { AttemptEnd } from '../store/index.js';
import type { ControllerSettings } from './controller-settings.js';
import { computeRetryDelayMs, resolveRetryPolicy } from './retry-policy.js';

/** Why the controller aborted a run. */
export type StopReason = 'cancel' | 'shutdown';

/** All that decides what the end of a run does to its task. */
export interface EndContext {
  /** As `startAttempt` gave it: `attemptCount` has this try in it already. */
  task: Task;
  token: string;
  now: number;
  limits: AlgorithmLimits;
  settings: ControllerSettings;
  random: () => number;
  /** Set when this controller aborted the run. */
  stop?: StopReason | undefined;
  /** How long the lane stays away from its runners; only asked for when they turned the run away. */
  busyDelayMs: (askedMs: number | undefined) => number;
}

/** What to write, and what becomes of the message: acknowledged, or given back after a wait. */
export interface Settlement {
  end: AttemptEnd;
  releaseAfterMs?: number;
}

type EndBase = Pick<AttemptEnd, 'token' | 'runner' | 'endedAt' | 'durationMs' | 'logs'>;

/** The table of failures (docs/architecture.md): what each outcome does to the task. */
export function decideEnd(outcome: RunOutcome & { runner?: string }, context: EndContext): Settlement {
  const base = describeBase(outcome, context);
  if (outcome.ok) return { end: { ...base, outcome: 'succeeded', resultJson: outcome.resultJson } };
  const { error } = outcome;
  if (context.stop === 'cancel') return { end: { ...base, outcome: 'cancelled', error: asCancelled(error) } };
  if (context.stop === 'shutdown') return giveBack(base, context, 0);
  switch (error.class) {
    case 'busy':
      return giveBack(base, context, context.busyDelayMs(error.retryAfterMs));
    case 'cancelled':
      return decideLost(base, { ...error, class: 'crashed', code: 'connection_lost' }, context);
    case 'crashed':
      return isLost(error) ? decideLost(base, error, context) : decideCrashed(base, error, context);
    case 'failed':
    case 'timeout':
      return decideFailed(base, error, context);
    case 'invalid':
    case 'expired':
      return { end: { ...base, outcome: 'dead', error: toTaskError(error) } };
  }
}

function describeBase(outcome: RunOutcome & { runner?: string }, context: EndContext): EndBase {
  const { logTailLines } = context.settings;
  const base: EndBase = { token: context.token, endedAt: context.now, durationMs: outcome.durationMs };
  if (outcome.runner !== undefined) base.runner = outcome.runner;
  if (outcome.logs.length > 0) base.logs = outcome.logs.slice(-logTailLines);
  return base;
}

/** Nobody took it, or this controller is about to go: as if it had never been tried. */
function giveBack(base: EndBase, context: EndContext, delayMs: number): Settlement {
  return {
    end: { ...base, outcome: 'released', availableAt: context.now + delayMs },
    releaseAfterMs: delayMs,
  };
}

function decideFailed(base: EndBase, error: RunFailure, context: EndContext): Settlement {
  const policy = resolveRetryPolicy(context.task, context.limits, context.settings);
  const tries = context.task.attemptCount;
  if (tries >= policy.maxAttempts) return { end: { ...base, outcome: 'dead', error: toTaskError(error) } };
  return retryAfterTries(base, error, tries, context);
}

/** The process died. It may be the task's doing, so tries that end like this are counted on their own, too. */
function decideCrashed(base: EndBase, error: RunFailure, context: EndContext): Settlement {
  const crashes = context.task.crashCount + 1;
  if (crashes < context.settings.poisonLimit) return decideFailed(base, error, context);
  const poison = {
    ...toTaskError(error),
    code: 'poison' as const,
    message: `The task ended its process ${crashes} times; the last time: ${error.message}`,
  };
  return { end: { ...base, outcome: 'dead', error: poison } };
}

/** The runner vanished, and nobody can tell whether the task had to do with it. */
function decideLost(base: EndBase, error: RunFailure, context: EndContext): Settlement {
  const losses = context.task.lostCount + 1;
  if (losses > context.settings.maxLostDeliveries) {
    return { end: { ...base, outcome: 'dead', error: toTaskError(error) } };
  }
  return retryAfterTries(base, error, losses, context);
}

function retryAfterTries(base: EndBase, error: RunFailure, tries: number, context: EndContext): Settlement {
  const policy = resolveRetryPolicy(context.task, context.limits, context.settings);
  const delayMs = computeRetryDelayMs(tries, policy, context.settings.jitter, context.random);
  return {
    end: { ...base, outcome: 'retry', error: toTaskError(error), availableAt: context.now + delayMs },
    releaseAfterMs: delayMs,
  };
}

function asCancelled(error: RunFailure): TaskError {
  if (error.class === 'cancelled') return toTaskError(error);
  return {
    class: 'cancelled',
    code: 'cancelled',
    message: `The run was cancelled; it ended with: ${error.message}`,
  };
}

/** What a record keeps of a failure: how long to stay away is nobody's business any more. */
function toTaskError(error: RunFailure): TaskError {
  const { retryAfterMs: _retryAfterMs, ...kept } = error;
  return kept;
}

/** A run that could not even be handed over, as an outcome. */
export function asInternalFailure(message: string): RunFailed {
  return { ok: false, error: { class: 'failed', code: 'internal', message }, logs: [], durationMs: 0 };
}

/** The end of an attempt whose own end was refused by the store. */
export function describeUnkeepable(end: AttemptEnd, reason: unknown): AttemptEnd {
  const message = `The outcome (${end.outcome}) could not be kept: ${describeError(reason)}`;
  return {
    token: end.token,
    endedAt: end.endedAt,
    outcome: 'dead',
    error: { class: 'failed', code: 'internal', message },
  };
}
