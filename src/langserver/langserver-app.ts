import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { addMetricsRoute } from '../http/index.js';
import { formatSystemError } from './documents.js';
import type { LangServerOptions } from './langserver-options.js';

/** Longest time for a request to arrive whole; how long its run takes is not counted. */
const REQUEST_TIMEOUT_MS = 300_000;

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** The server, not listening yet: one handler for any path and method. Only `GET /metrics` is something else. */
export function createLangServerApp(
  { bodyLimitBytes, logger, metrics }: Pick<LangServerOptions, 'bodyLimitBytes' | 'logger' | 'metrics'>,
  handle: Handle,
): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 8192 },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.setErrorHandler<FastifyError>((error, _request, reply) => answerError(error, reply, logger));
  app.addHook('onRequest', async (request, reply) => {
    if (isForeignPage(request))
      await sendJson(reply, 403, formatSystemError('Pages of other sites may not call this server'));
  });
  addMetricsRoute(app, metrics);
  app.all('*', handle);
  // Methods that the router does not know end here as well.
  app.setNotFoundHandler(handle);
  return app;
}

/** Sent as bytes: a text would have its type completed by a charset, which JSON has no use for. */
export function sendJson(reply: FastifyReply, status: number, document: string): FastifyReply {
  return reply.code(status).header('content-type', 'application/json').send(Buffer.from(document));
}

function answerError(
  error: FastifyError,
  reply: FastifyReply,
  logger: LangServerOptions['logger'],
): FastifyReply {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return sendJson(
      reply,
      413,
      formatSystemError('Failed to build algorithm input from request: the body is too large'),
    );
  if (error.code?.startsWith('FST_ERR_CTP_') === true) {
    const message = 'Failed to build algorithm input from request: bad request: Missing ContentType';
    return sendJson(reply, 400, formatSystemError(message));
  }
  if (error.statusCode !== undefined && error.statusCode < 500)
    return sendJson(reply, error.statusCode, formatSystemError(error.message));
  logger.error({ err: error }, 'a request failed unexpectedly');
  return sendJson(reply, 500, formatSystemError(error.message));
}

/** A page in a browser of this machine may send text anywhere without being asked. */
function isForeignPage({ method, headers }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}
