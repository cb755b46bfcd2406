import { setTimeout as delay } from 'node:timers/promises';
import { describeError, RunyardError } from '../../errors/index.js';
import type { TaskError } from '../../protocol/index.js';
import type { TaskService } from '../../tasks/index.js';
import type { MessageReading } from './message-reading.js';

export interface AcceptOptions {
  tasks: Pick<TaskService, 'submit' | 'submitDead'>;
  createId: () => string;
  /** Told each time a message could not be taken and is kept waiting. */
  onHeld: (error: unknown) => void;
}

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
/** An error that nobody expected is the message's own fault when it comes this often. */
const MAX_UNEXPECTED = 5;

/**
 * Resolves with true when the message is a task, dead or alive, that survives a crash; what is unavailable is waited for.
 * False when it was given up because of `signal`: then it is to be left to the broker.
 */
export async function acceptMessage(
  { task, refused, error: known }: MessageReading,
  { tasks, createId, onHeld }: AcceptOptions,
  signal: AbortSignal,
): Promise<boolean> {
  // One id for all tries: one that went half through is not made twice.
  const id = createId();
  let error = known;
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      if (error) await tasks.submitDead(refused, error, id);
      else await tasks.submit(task, id);
      return true;
    } catch (cause) {
      const refusal = error ? undefined : explainRefusal(cause, tries);
      if (refusal) {
        error = refusal;
        continue;
      }
      onHeld(cause);
      await delay(Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)), undefined, { signal }).catch(
        // Given up: the loop ends.
        () => undefined,
      );
    }
  }
  return false;
}

/** Why the message can never be a task that runs; undefined when a later try may go well. */
function explainRefusal(cause: unknown, tries: number): TaskError | undefined {
  if (cause instanceof RunyardError) {
    const { code, message, errors } = cause;
    if (cause.class === 'invalid' || code === 'malformed_request')
      return { class: 'invalid', code, message, ...(errors && { errors }) };
    if (cause.class === 'busy') return undefined;
  }
  if (tries < MAX_UNEXPECTED) return undefined;
  return { class: 'failed', code: 'internal', message: `It could not be accepted: ${describeError(cause)}` };
}
