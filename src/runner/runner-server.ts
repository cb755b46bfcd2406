import Fastify, { type FastifyInstance } from 'fastify';
import {
  acceptPlainInput,
  addLiveRoute,
  handleOriginalProblems,
  handleProblems,
  traceRequests,
  VERSION_HEADER,
} from '../http/index.js';
import { registerDocs } from '../openapi/index.js';
import type { Logger, Tracer } from '../telemetry/index.js';
import type { Catalogue } from './catalogue.js';
import type { RunService } from './run-service.js';
import type { RunnerHealth } from './runner-health.js';

export interface RunnerServerOptions {
  service: RunService;
  catalogue: Catalogue;
  health: () => RunnerHealth;
  /** Prometheus text. */
  metrics: () => Promise<string>;
  logger: Logger;
  tracer: Tracer | undefined;
  version: string;
  bodyLimitBytes: number;
}

/** Longest time for a request to arrive whole; how long its run takes is not counted. */
const REQUEST_TIMEOUT_MS = 300_000;

/** The HTTP side of a runner; not listening yet. Bodies are checked by the host alone. */
export function createRunnerServer(options: RunnerServerOptions): FastifyInstance {
  const fastify = Fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 512 },
  });
  handleProblems(fastify, options.logger);
  fastify.addHook('onRequest', (_request, reply, done) => {
    reply.header(VERSION_HEADER, options.version);
    done();
  });
  traceRequests(fastify, options.tracer);
  serveRuns(fastify, options);
  serveDocuments(fastify, options);
  return fastify;
}

function serveRuns(fastify: FastifyInstance, { service, logger }: RunnerServerOptions): void {
  fastify.removeContentTypeParser('text/plain');
  acceptPlainInput(fastify);
  const route = { errorHandler: handleOriginalProblems(logger) };
  fastify.post<{ Params: { name: string } }>('/run/:name', route, (request, reply) => {
    service.handle(request.params.name, request, reply);
  });
  fastify.post<{ Params: { owner: string; name: string } }>('/run/:owner/:name', route, (request, reply) => {
    service.handle(`${request.params.owner}/${request.params.name}`, request, reply);
  });
}

function serveDocuments(fastify: FastifyInstance, options: RunnerServerOptions): void {
  const { catalogue } = options;
  fastify.get('/schemas', async (_request, reply) =>
    reply.type('application/json').send(catalogue.schemas()),
  );
  registerDocs(fastify, () => catalogue.openApi());
  fastify.get('/health', async (_request, reply) => {
    const health = options.health();
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  });
  addLiveRoute(fastify);
  fastify.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await options.metrics()),
  );
}
