import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import {
  describeAlgoResult,
  formatAlgoError,
  formatAlgoResult,
  fromFramework,
  retryAfterSeconds,
  toAlgoError,
  toProblem,
  toRunyardError,
} from '../http/index.js';
import type { RunFailure, RunOutcome } from '../protocol/index.js';
import type { GatewayContext } from './gateway-context.js';
import { readAlgoRun, type AlgoParams } from './read-algo-run.js';

type AlgoRequest = FastifyRequest<{ Params: AlgoParams }>;

/**
 * `POST /v1/algo/{user}/{name}`, as clients of Algorithmia's API call algorithms: with the input by its content type, and
 * an answer of `result` or `error` beside `metadata`. Classic and typed algorithms are called alike; a version behind the
 * name is passed over, as there is only the one that runs.
 */
export function addAlgoRoutes(fastify: FastifyInstance, context: GatewayContext): void {
  const { dispatcher } = context.options;

  const handle = async (request: AlgoRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const run = readAlgoRun(request, context);
    const abort = new AbortController();
    reply.raw.once('close', () => {
      if (!reply.raw.writableFinished) abort.abort();
    });
    return sendOutcome(reply, await dispatcher.run(run, { signal: abort.signal }));
  };

  const route = {
    errorHandler: (thrown: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
      void sendRefusal(reply, fromFramework(thrown) ?? toRunyardError(thrown));
    },
  };
  fastify.post<{ Params: AlgoParams }>('/v1/algo/:user/:name', route, handle);
  fastify.post<{ Params: AlgoParams }>('/v1/algo/:user/:name/:version', route, handle);
}

/** What an algorithm itself says is always an answer of 200; all else has a status of its own. */
function sendOutcome(reply: FastifyReply, outcome: RunOutcome): FastifyReply {
  const { durationMs } = outcome;
  if (outcome.ok) {
    const { contentType, json } = describeAlgoResult(outcome.resultJson);
    return sendDocument(reply, 200, formatAlgoResult(json, { durationMs, contentType }));
  }
  const { error } = outcome;
  const isOwn = error.class === 'failed' || error.class === 'crashed' || error.class === 'timeout';
  if (!isOwn) return sendRefusal(reply, error, durationMs);
  return sendDocument(reply, 200, formatAlgoError(toAlgoError(error), { durationMs }));
}

/** An error of which no algorithm is the origin. */
function sendRefusal(reply: FastifyReply, error: RunyardError | RunFailure, durationMs = 0): FastifyReply {
  const { status } = toProblem(error);
  if (error.retryAfterMs !== undefined) reply.header('retry-after', retryAfterSeconds(error.retryAfterMs));
  const errorType = error instanceof RunyardError ? 'SystemError' : (error.errorType ?? 'SystemError');
  return sendDocument(reply, status, formatAlgoError({ message: error.message, errorType }, { durationMs }));
}

function sendDocument(reply: FastifyReply, status: number, document: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json; charset=utf-8').send(document);
}
