import type { FastifyReply } from 'fastify';
import { PROBLEM_TYPE, RETRY_AFTER_MS_HEADER, retryAfterSeconds, toProblem } from '../http/index.js';
import type { Problem, RunFailure } from '../protocol/index.js';
import type { RunyardError } from '../errors/index.js';
import type { Logger } from '../telemetry/index.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** Turns errors and failures into what may leave the gateway. */
export class Answers {
  readonly #logger: Logger;
  readonly #retryAfterMs: number;

  constructor(options: { logger: Logger; retryAfterMs: number }) {
    this.#logger = options.logger;
    this.#retryAfterMs = options.retryAfterMs;
  }

  /** Sends JSON text as it is. */
  sendJson(reply: FastifyReply, text: string): FastifyReply {
    return reply.type(JSON_TYPE).send(text);
  }

  sendProblem(reply: FastifyReply, error: RunyardError | RunFailure): FastifyReply {
    const problem = this.problem(error, reply.request.id);
    const retryAfterMs = this.#retryAfter(error, problem);
    if (retryAfterMs !== undefined) {
      reply.header('retry-after', retryAfterSeconds(retryAfterMs));
      reply.header(RETRY_AFTER_MS_HEADER, Math.ceil(retryAfterMs));
    }
    return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
  }

  /** The document of an error. What went wrong inside is logged, and only the request's id is told. */
  problem(error: RunyardError | RunFailure, requestId: string): Problem {
    const problem = toProblem(error);
    if (error.code !== 'internal') return problem;
    this.#logger.error({ err: error, requestId }, 'a request failed inside');
    const { stacktrace: _, errorType: __, ...rest } = problem;
    return {
      ...rest,
      detail: `Something went wrong inside; the gateway's log has it under request ${requestId}.`,
    };
  }

  #retryAfter(error: RunyardError | RunFailure, problem: Problem): number | undefined {
    if (error.retryAfterMs !== undefined) return error.retryAfterMs;
    return problem.status === 503 || problem.status === 429 ? this.#retryAfterMs : undefined;
  }
}
