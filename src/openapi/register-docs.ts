import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { stringify } from 'yaml';
import type { OpenApiDocument } from './openapi-document.js';

/** Everything of the page comes from this server, and nothing of it runs that is not a file of the package. */
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

/** The bar on top only names other documents; the buttons of an operation are wider than a telephone. */
const STYLE = `
.swagger-ui .topbar { display: none; }
.swagger-ui .opblock-section-header { flex-wrap: wrap; }
.swagger-ui .try-out { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: 5px; }
`;

/**
 * Serves `/openapi.json` and, made of it, the page `/docs`.
 * `getDocument` is asked at each request, so that the page follows what can be run.
 */
export function registerDocs(fastify: FastifyInstance, getDocument: () => OpenApiDocument): void {
  fastify.get('/openapi.json', () => getDocument());
  fastify.register(documentSource(getDocument));
  fastify.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_SECURITY_POLICY,
    uiConfig: { defaultModelsExpandDepth: 0, displayRequestDuration: true, tryItOutEnabled: true },
    validatorUrl: false,
    theme: { title: 'Runyard', css: [{ filename: 'runyard.css', content: STYLE }] },
  });
}

/**
 * The page takes its document from the function `swagger` of a plugin named `@fastify/swagger`, which would derive it
 * from route schemas. Ours is made of descriptors, so this stands in its place.
 * @see https://fastify.dev/docs/latest/Reference/Plugins-Guide/#handle-the-scope
 */
function documentSource(getDocument: () => OpenApiDocument): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (fastify) => {
    fastify.decorate('swagger', (options?: { yaml?: boolean }) =>
      options?.yaml === true ? stringify(getDocument()) : getDocument(),
    );
  };
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('plugin-meta')]: { name: '@fastify/swagger' },
  });
}
