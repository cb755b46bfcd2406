import { describeError, RunyardError } from '../../errors/index.js';
import { explainMismatch } from './topology.js';

const RETRY_AFTER_MS = 1_000;

/** Why the broker does not let us in, and what to do about it; undefined for what may heal by waiting. */
export function explainRefusal(error: Error): RunyardError | undefined {
  const { message } = error;
  if (/ACCESS.REFUSED|403/i.test(message))
    return new RunyardError(
      'invalid_config',
      `The broker refuses user and password of queue.url (${message}). Expected a user that it knows: rabbitmqctl list_users`,
      { cause: error },
    );
  // The client library reads no reason here: the broker ends a connection whose vhost it does not open.
  if (/vhost|NOT.ALLOWED|530|got <ConnectionClose/i.test(message))
    return new RunyardError(
      'invalid_config',
      `The broker does not know the vhost of queue.url, or the user may not use it (${message}). Expected one of: rabbitmqctl list_vhosts`,
      { cause: error },
    );
  return undefined;
}

/** A refused declaration of what is shared. */
export function describeDeclaration(error: unknown): RunyardError {
  if (error instanceof RunyardError) return error;
  const message = `The queues could not be declared: ${describeError(error)}`;
  return explainMismatch(error) ?? new RunyardError('queue_unavailable', message, { cause: error });
}

/** Whatever went wrong with the broker, as an error that says whether to come again. */
export function asUnavailable(error: unknown): RunyardError {
  if (error instanceof RunyardError) return error;
  return explainMismatch(error) ?? unreachable(error);
}

/** The broker gave no connection, or an answer that nobody expected. */
export function unreachable(error: unknown): RunyardError {
  return new RunyardError('queue_unavailable', `The broker cannot be worked with: ${describeError(error)}`, {
    cause: error,
    retryAfterMs: RETRY_AFTER_MS,
  });
}

/** There was a connection, and there will be one again. */
export function disconnected(): RunyardError {
  const message = 'There is no connection to the broker; it is being made again.';
  return new RunyardError('queue_unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
}
