import type { FastifyError } from 'fastify';
import { RunyardError } from '../errors/index.js';
import { undecodableBodyDetail, wrongBodyDetail } from './fastapi-detail.js';

/**
 * What a framework says of a body it could not read, with the `detail` that clients of the original Python servers
 * know. Undefined when the error is about something else.
 */
export function toOriginalBodyError(error: FastifyError): RunyardError | undefined {
  const { code, message } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return undefined;
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return refuse(error, message, wrongBodyDetail(undefined));
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return refuse(error, `${message}; send application/json`, wrongBodyDetail({}));
  const isUnreadable = error instanceof SyntaxError || code?.startsWith('FST_ERR_CTP_') === true;
  return isUnreadable ? refuse(error, message, undecodableBodyDetail(message)) : undefined;
}

function refuse(cause: FastifyError, message: string, detail: unknown[]): RunyardError {
  return new RunyardError('malformed_body', `expected a JSON object as body: ${message}`, { cause, detail });
}
