import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import type { FieldError } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import { toOriginalBodyError } from './body-error.js';
import {
  PROBLEM_TYPE,
  RETRY_AFTER_MS_HEADER,
  retryAfterSeconds,
  toProblem,
  toRunyardError,
} from './problem.js';

/** Makes a server answer every error, its framework's own included, as a problem document. */
export function handleProblems(fastify: FastifyInstance, logger: Logger): void {
  fastify.setErrorHandler<FastifyError>((thrown, _request, reply) => {
    void sendProblem(reply, explain(thrown, logger));
  });
  fastify.setNotFoundHandler(async (request, reply) =>
    sendProblem(reply, new RunyardError('not_found', `there is no ${request.method} ${request.url} here`)),
  );
}

/** For routes whose clients know the errors of the original Python servers: a body at fault gives their `detail`. */
export function handleOriginalProblems(logger: Logger) {
  return (thrown: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
    void sendProblem(reply, toOriginalBodyError(thrown) ?? explain(thrown, logger));
  };
}

function explain(thrown: FastifyError, logger: Logger): RunyardError {
  const error = fromFramework(thrown) ?? toRunyardError(thrown);
  if (error.code === 'internal') logger.error({ err: thrown }, 'a request failed unexpectedly');
  return error;
}

export function sendProblem(reply: FastifyReply, error: RunyardError): FastifyReply {
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) {
    reply.header('retry-after', retryAfterSeconds(retryAfterMs));
    reply.header(RETRY_AFTER_MS_HEADER, Math.ceil(retryAfterMs));
  }
  return reply
    .code(error.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(toProblem(error)));
}

/** Errors of Fastify and its parsers have their own words and codes: said in ours; undefined for any other error. */
export function fromFramework(error: FastifyError): RunyardError | undefined {
  if (error.validation) return fromValidation(error);
  if (error instanceof SyntaxError || error.code?.startsWith('FST_ERR_CTP_') === true)
    return fromParser(error);
  if (error.code === 'FST_ERR_BAD_URL')
    return new RunyardError('malformed_request', `the address cannot be decoded: ${error.message}`, {
      cause: error,
    });
  return undefined;
}

function fromParser(error: FastifyError): RunyardError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new RunyardError('body_too_large', 'the body is over the limit of this server; send less', {
      cause: error,
    });
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new RunyardError('unsupported_media_type', `${error.message}; send application/json`, {
      cause: error,
    });
  return new RunyardError('malformed_body', `expected a JSON document as body: ${error.message}`, {
    cause: error,
  });
}

function fromValidation(error: FastifyError): RunyardError {
  const errors = (error.validation ?? []).map(({ instancePath, message, params }): FieldError => ({
    path: instancePath,
    message: `${message ?? 'is wrong'}${namesOfValidation(params)}`,
  }));
  const text = errors.map(({ path, message }) => `${path || error.validationContext} ${message}`).join('; ');
  return new RunyardError('malformed_request', text, { cause: error, errors });
}

/** ajv keeps the names that help most apart from its message. */
function namesOfValidation(params: Record<string, unknown>): string {
  if (typeof params.additionalProperty === 'string') return `: '${params.additionalProperty}'`;
  if (Array.isArray(params.allowedValues)) return `: ${params.allowedValues.join(', ')}`;
  return '';
}
