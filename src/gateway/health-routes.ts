import type { FastifyInstance } from 'fastify';
import { addLiveRoute, checkPart } from '../http/index.js';
import type { HealthView } from '../protocol/index.js';
import { BacklogMetrics } from '../tasks/index.js';
import type { GatewayContext } from './gateway-context.js';

/** `/health` and `/live` for those who start and balance the gateway, `/metrics` for Prometheus. */
export function addHealthRoutes(fastify: FastifyInstance, context: GatewayContext): void {
  const { options, authenticator, catalogue } = context;
  const { queue, store, directory, metrics } = options;
  const backlog = new BacklogMetrics({ queue, store, metrics });

  fastify.get('/health', async ({ caller }, reply): Promise<HealthView> => {
    const isKnown = authenticator.isKnown(caller);
    const checks = {
      queue: await check(() => queue.check(), isKnown),
      store: await check(() => store.get('health'), isKnown),
      directory: await check(async () => directory.runners(), isKnown),
    };
    const isWell = Object.values(checks).every((result) => result === 'ok');
    reply.code(isWell ? 200 : 503).header('cache-control', 'no-store');
    return {
      status: isWell ? 'ok' : 'unavailable',
      version: options.version,
      checks,
      ...(isKnown && { ...options.health(), runners: catalogue.runners(caller) }),
    };
  });

  addLiveRoute(fastify);

  fastify.get('/metrics', async ({ caller }, reply) => {
    caller.assertUnrestricted('the metrics');
    await backlog.refresh();
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

async function check(probe: () => Promise<unknown>, isKnown: boolean): Promise<string> {
  const result = await checkPart(probe);
  return result === 'ok' || isKnown ? result : 'does not work';
}
