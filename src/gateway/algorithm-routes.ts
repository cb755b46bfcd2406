import type { FastifyInstance, FastifyRequest } from 'fastify';
import { toRequestModel } from '../openapi/index.js';
import type { JsonSchema, QueueView } from '../protocol/index.js';
import { readAlgorithm, type AlgorithmParams } from './algorithm-catalogue.js';
import type { GatewayContext } from './gateway-context.js';
import { formatTime } from './task-view.js';

type AlgorithmRequest = FastifyRequest<{ Params: AlgorithmParams }>;

/** What can be run, by whom, and how much of it waits. */
export function addAlgorithmRoutes(fastify: FastifyInstance, { catalogue, options }: GatewayContext): void {
  const getOne = async (request: AlgorithmRequest) =>
    catalogue.view(catalogue.get(readAlgorithm(request.params), request.caller));

  fastify.get('/algorithms', async ({ caller }) =>
    catalogue.visibleTo(caller).map((descriptor) => catalogue.view(descriptor)),
  );
  fastify.get('/algorithms/:algorithm', getOne);
  fastify.get('/algorithms/:owner/:algorithm', getOne);

  fastify.get('/schemas', async ({ caller }): Promise<Record<string, JsonSchema>> => {
    const models = catalogue
      .visibleTo(caller)
      .map((descriptor) => [descriptor.name, toRequestModel(descriptor)]);
    return Object.fromEntries(models) as Record<string, JsonSchema>;
  });

  fastify.get('/queues', async ({ caller }): Promise<QueueView[]> => {
    const depths = await options.queue.depths();
    return depths
      .filter(({ algorithm }) => caller.mayUse(algorithm))
      .map(({ oldestAt, ...depth }) => ({
        ...depth,
        ...(oldestAt !== undefined && { oldestAt: formatTime(oldestAt) }),
      }));
  });
}
