import type { RunFailure } from '../protocol/index.js';
import { toPipeError, type Ending } from './answer.js';
import { createFailure, toAlgorithmFailure } from './failures.js';
import type { Job } from './job.js';

/** True for the answer of a child that gives a request back without having begun it. */
export function isCancelled(ending: Ending): boolean {
  return ending.kind === 'error' && ending.error.error_type === 'Cancelled';
}

/** Gives every run of a job the outcome its answer means. */
export function settle(job: Job, ending: Ending, now: number): void {
  if (job.stop !== undefined) job.fail(createStopFailure(job), now);
  else if (ending.kind === 'failure') job.fail(ending.failure, now);
  else if (ending.kind === 'error') job.fail(toAlgorithmFailure(ending.error), now);
  else if (job.isBatch) settleBatch(job, ending, now);
  else if (ending.kind === 'result') {
    job.runs[0]?.succeed(ending.json, job.durationMs(now), ending.written);
  } else
    job.fail(createFailure('invalid_output', 'The process answered one input with a list of results'), now);
}

/** What asking a job to stop means for its runs, however the child ended it. */
export function createStopFailure(job: Job): RunFailure {
  if (job.stop === 'cancelled') return createFailure('cancelled', 'The run was cancelled');
  return createFailure('timeout', `The run took longer than its time limit of ${job.timeoutMs} ms`);
}

function settleBatch(job: Job, ending: Ending, now: number): void {
  const results = ending.kind === 'results' ? ending.results : [];
  if (results.length !== job.runs.length) {
    const got = ending.kind === 'results' ? `${results.length} results` : 'no list of results';
    const message = `The batch had ${job.runs.length} inputs, and the process answered with ${got}`;
    job.fail(createFailure('invalid_output', message), now);
    return;
  }
  const durationMs = job.durationMs(now);
  for (const [index, run] of job.runs.entries()) {
    const result = results[index];
    if (typeof result !== 'object' || result === null) {
      run.fail(createFailure('invalid_output', 'The batch answered this input with no result'), durationMs);
    } else if ('result' in result) run.succeed(JSON.stringify(result.result), durationMs);
    else run.fail(toAlgorithmFailure(toPipeError('error' in result ? result.error : undefined)), durationMs);
  }
}
