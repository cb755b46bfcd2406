import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Tracer } from '../telemetry/index.js';
import { REQUEST_ID_HEADER } from './run-headers.js';

/**
 * Makes each request that runs or submits something a span. The request's `traceparent` becomes the span's, so that
 * whatever reads it from there on works within the span. Without a tracer nothing is added to the server.
 */
export function traceRequests(fastify: FastifyInstance, tracer: Tracer | undefined): void {
  if (!tracer) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    const route = tracedRoute(request);
    if (route === undefined) return done();
    const { traceparent, [REQUEST_ID_HEADER]: id } = request.headers;
    const span = tracer.start({
      name: `POST ${route}`,
      kind: 'server',
      parent: typeof traceparent === 'string' ? traceparent : undefined,
      attributes: {
        'http.request.method': 'POST',
        'http.route': route,
        'url.path': request.url.split('?', 1)[0] ?? '',
        'runyard.request.id': typeof id === 'string' ? id : request.id,
      },
    });
    request.headers.traceparent = span.traceparent;
    reply.raw.once('close', () => {
      const { statusCode, writableFinished } = reply.raw;
      span.set({ 'http.response.status_code': statusCode });
      if (!writableFinished)
        span.end({ class: 'cancelled', code: 'cancelled', message: 'the client went away' });
      else if (statusCode < 500) span.end();
      else span.end({ class: 'failed', code: 'internal', message: `HTTP ${statusCode}` });
    });
    done();
  });
}

/** The route of a request that is worth a span: those of pages, probes and lists are not. */
function tracedRoute({ method, routeOptions: { url } }: FastifyRequest): string | undefined {
  if (method !== 'POST' || url === undefined) return undefined;
  return url === '/tasks' || url.startsWith('/run/') ? url : undefined;
}
