import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../telemetry/index.js';

/** `GET /live`: answers for as long as the process does anything. What fails to work shows at `/health`, and restarting heals none of it. */
export function addLiveRoute(fastify: FastifyInstance): void {
  fastify.get('/live', async () => ({ status: 'ok' }));
}

/** `GET /metrics` in the text format of Prometheus. @param refresh brings up to date what is only read when somebody asks */
export function addMetricsRoute(
  fastify: FastifyInstance,
  { registry }: Metrics,
  refresh?: () => Promise<void> | void,
): void {
  fastify.get('/metrics', async (_request, reply) => {
    await refresh?.();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
