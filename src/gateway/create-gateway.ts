import cors from '@fastify/cors';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { RunyardError } from '../errors/index.js';
import {
  acceptPlainInput,
  fromFramework,
  REQUEST_ID_HEADER,
  toRunyardError,
  traceRequests,
} from '../http/index.js';
import { addAlgoRoutes } from './algo-routes.js';
import { AlgorithmCatalogue } from './algorithm-catalogue.js';
import { addAlgorithmRoutes } from './algorithm-routes.js';
import { Answers } from './answers.js';
import { Authenticator } from './authenticate.js';
import { BrowserGuard } from './browser-guard.js';
import { answerClientError } from './client-error.js';
import { addDocsRoutes } from './docs-routes.js';
import type { GatewayContext } from './gateway-context.js';
import {
  resolveGatewayOptions,
  type GatewayOptions,
  type ResolvedGatewayOptions,
} from './gateway-options.js';
import { addHealthRoutes } from './health-routes.js';
import { acceptJsonOnly } from './read-body.js';
import { RouteMethods } from './route-methods.js';
import { addRunRoutes } from './run-routes.js';
import { addSubmitRoute } from './submit-routes.js';
import { addTaskEventsRoute } from './task-events-route.js';
import { addTaskRoutes } from './task-routes.js';

/** Longest name of an algorithm with its owner, and anything else in a path. */
const MAX_PARAM_LENGTH = 256;

/** Longer answers, in characters, get a watch over whether the reader takes them. */
const LONG_ANSWER = 64 * 1024;

/** Headers alone have no reason to take longer. */
const MAX_HEADERS_TIMEOUT_MS = 60_000;

/**
 * The front door of the yard, not listening yet. Closing it lets followers go and finishes running requests.
 * @throws RunyardError `invalid_config` for an API key whose hash is none
 */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const resolved = resolveGatewayOptions(options);
  const answers = new Answers(resolved);
  const app = createServer(resolved, answers);
  const context: GatewayContext = {
    options: resolved,
    answers,
    authenticator: new Authenticator(resolved.apiKeys),
    catalogue: new AlgorithmCatalogue(resolved.directory),
    closing: letGoOnClose(app, resolved.closeGraceMs),
  };
  allowOrigins(app, resolved.cors.origins);
  // After the answers to browsers' questions, which come without a key.
  app.after(() => {
    guard(app, context);
    traceRequests(app, resolved.tracer);
    acceptJsonOnly(app);
    answerErrors(app, context);
    app.register(async (scope) => {
      acceptPlainInput(scope);
      addRunRoutes(scope, context);
      addAlgoRoutes(scope, context);
    });
    addSubmitRoute(app, context);
    addTaskRoutes(app, context);
    addTaskEventsRoute(app, context);
    addAlgorithmRoutes(app, context);
    addHealthRoutes(app, context);
    addDocsRoutes(app, context);
  });
  return app;
}

function createServer(options: ResolvedGatewayOptions, answers: Answers): FastifyInstance {
  const { bodyLimitBytes, requestTimeoutMs, trustProxy, createRunId } = options;
  return fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    trustProxy,
    requestIdHeader: false,
    genReqId: createRunId,
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: Math.min(MAX_HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(5_000, requestTimeoutMs),
    },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      void answers.sendProblem(reply, describeBadPath(error, request.url));
    },
  });
}

/** Followers go at once; a connection whose reader takes nothing does not hold the end up for longer than the grace. */
function letGoOnClose(app: FastifyInstance, graceMs: number): AbortSignal {
  const closing = new AbortController();
  let cut: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    closing.abort();
    cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  });
  app.addHook('onClose', async () => clearTimeout(cut));
  return closing.signal;
}

function describeBadPath(error: FastifyError, url: string): RunyardError {
  return (
    fromFramework(error) ??
    new RunyardError('not_found', `There is nothing at ${url.slice(0, 100)}; /docs lists the operations.`, {
      cause: error,
    })
  );
}

function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST'],
    allowedHeaders: [
      'Authorization',
      'X-API-Key',
      'Content-Type',
      'Idempotency-Key',
      'X-Timeout-Ms',
      'Last-Event-ID',
      'Traceparent',
    ],
    exposedHeaders: ['X-Request-Id', 'Location', 'Retry-After', 'X-Retry-After-Ms'],
    maxAge: 600,
  });
}

/** What every request passes before its route. */
function guard(app: FastifyInstance, { options, authenticator }: GatewayContext): void {
  const browsers = new BrowserGuard(app, {
    origins: options.cors.origins,
    allowedHosts: options.allowedHosts,
    needsKeys: authenticator.needsKeys,
  });
  app.decorateRequest('caller');
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(REQUEST_ID_HEADER, request.id);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('x-frame-options', 'DENY');
    browsers.assertAllowed(request);
    authenticator.authenticate(request, reply);
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    // The run is over: from here on a silent connection is a reader that takes nothing.
    if (typeof payload !== 'string' || payload.length > LONG_ANSWER)
      reply.raw.setTimeout(options.stallTimeoutMs);
    done();
  });
}

function answerErrors(app: FastifyInstance, { answers }: GatewayContext): void {
  app.setErrorHandler<FastifyError>((thrown, _request, reply) =>
    answers.sendProblem(reply, fromFramework(thrown) ?? toRunyardError(thrown)),
  );
  const methods = new RouteMethods(app);
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = methods.of(path);
    if (allowed.length === 0) {
      return answers.sendProblem(
        reply,
        new RunyardError(
          'not_found',
          `There is nothing at ${path.slice(0, 100)}; /docs lists the operations.`,
        ),
      );
    }
    reply.header('allow', allowed.join(', '));
    return answers.sendProblem(
      reply,
      new RunyardError(
        'method_not_allowed',
        `${path.slice(0, 100)} takes ${allowed.join(', ')}, not ${request.method}.`,
      ),
    );
  });
}
