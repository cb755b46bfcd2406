import type { FastifyInstance } from 'fastify';
import { buildOpenApi, registerDocs, type OpenApiDocument } from '../openapi/index.js';
import type { Descriptor } from '../protocol/index.js';
import { gatewayComponents } from './answer-schemas.js';
import { DOCUMENT_ROUTES } from './authenticate.js';
import { Caller } from './caller.js';
import type { GatewayContext } from './gateway-context.js';
import { gatewayPaths } from './operations.js';

/** `/docs` and `/openapi.json`, and the way there from `/`. */
export function addDocsRoutes(
  fastify: FastifyInstance,
  { options, authenticator, catalogue }: GatewayContext,
): void {
  const describeFor = (caller: Caller): OpenApiDocument =>
    buildOpenApi({
      title: 'Runyard',
      version: options.version,
      description: 'Run algorithms now, or hand tasks in and follow them.',
      algorithms: catalogue.visibleTo(caller),
      paths: gatewayPaths,
      components: gatewayComponents,
      tags: [
        { name: 'tasks', description: 'Durable requests to run an algorithm' },
        { name: 'yard', description: 'What there is and how it does' },
      ],
      ...(authenticator.needsKeys && { security: [{ bearer: [] }, { apiKey: [] }] }),
    });

  // Made once for everybody with all rights, and anew when the algorithms change: not with each change of a runner.
  let whole: { of: readonly Descriptor[]; document: OpenApiDocument } | undefined;
  const everybody = new Caller();
  const documentFor = (caller: Caller): OpenApiDocument => {
    if (caller.isRestricted) return describeFor(caller);
    const of = options.directory.algorithms();
    if (whole?.of !== of) whole = { of, document: describeFor(everybody) };
    return whole.document;
  };
  // JSON is YAML as well, so one answer fits all the ways to ask.
  fastify.addHook('preHandler', async ({ caller, routeOptions }, reply) => {
    if (DOCUMENT_ROUTES.has(routeOptions.url ?? '')) await reply.send(documentFor(caller));
  });
  registerDocs(fastify, () => documentFor(everybody));

  fastify.get('/', (_request, reply) => reply.redirect('/docs'));
}
