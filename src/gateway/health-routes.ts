import type { FastifyInstance } from 'fastify';
import { describeError } from '../errors/index.js';
import type { HealthView } from '../protocol/index.js';
import type { GatewayContext } from './gateway-context.js';

/** A part that has not answered by then does not work. */
const CHECK_TIMEOUT_MS = 2_000;

/** `/health` for those who start and balance the gateway, `/metrics` for Prometheus. */
export function addHealthRoutes(fastify: FastifyInstance, context: GatewayContext): void {
  const { options, authenticator, catalogue } = context;
  const { queue, store, directory, metrics } = options;

  fastify.get('/health', async ({ caller }, reply): Promise<HealthView> => {
    const isKnown = authenticator.isKnown(caller);
    const checks = {
      queue: await check(() => queue.readyLanes(), isKnown),
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

  fastify.get('/metrics', async ({ caller }, reply) => {
    caller.assertUnrestricted('the metrics');
    await refreshQueueMetrics(context);
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

async function check(probe: () => Promise<unknown>, isKnown: boolean): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([probe(), late]);
    return 'ok';
  } catch (error) {
    return isKnown ? describeError(error) : 'does not work';
  } finally {
    clearTimeout(timer);
  }
}

/** Depths are read when somebody asks, so that they cost nothing otherwise. */
async function refreshQueueMetrics({ options }: GatewayContext): Promise<void> {
  const { queueReady, queueDelayed, queueOldestSeconds } = options.metrics;
  const now = Date.now();
  const depths = await options.queue.depths();
  for (const gauge of [queueReady, queueDelayed, queueOldestSeconds]) gauge.reset();
  for (const { algorithm, ready, delayed, oldestAt } of depths) {
    queueReady.set({ algorithm }, ready);
    if (delayed !== undefined) queueDelayed.set({ algorithm }, delayed);
    queueOldestSeconds.set({ algorithm }, oldestAt === undefined ? 0 : Math.max(0, (now - oldestAt) / 1000));
  }
}
