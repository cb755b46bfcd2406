import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { RunyardError } from '../errors/index.js';
import {
  addLiveRoute,
  addMetricsRoute,
  EVENT_STREAM_TYPE,
  handleOriginalProblems,
  handleProblems,
} from '../http/index.js';
import type { RunnerEntry, RunnerRegistration } from '../protocol/index.js';
import { silentLogger, type Logger, type Metrics } from '../telemetry/index.js';
import {
  findHostFault,
  parseOriginalRegistration,
  pickRegistration,
  registrationSchema,
  runnerIdParams,
} from './registration-schema.js';
import { RunnerIndex } from './runner-index.js';
import type { RunnerRegistry } from './runner-registry.js';
import { WatchHub, type WatchHubOptions } from './watch-hub.js';

export interface DiscoveryServerOptions {
  registry: RunnerRegistry;
  logger?: Logger;
  metrics?: Metrics;
  /** Most bytes of a registration. @default 4194304 */
  bodyLimitBytes?: number;
  watch?: WatchHubOptions;
}

/** The registry over HTTP: the original two operations, and leases, lookups and a watch beside them. Not listening yet. */
export function createDiscoveryServer(options: DiscoveryServerOptions): FastifyInstance {
  const { registry, metrics } = options;
  const logger = options.logger ?? silentLogger;
  const fastify = Fastify({
    logger: false,
    // Whoever is cut off by a closing discovery tries again by itself.
    forceCloseConnections: true,
    bodyLimit: options.bodyLimitBytes ?? 4 * 1024 * 1024,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 512 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
  });
  handleProblems(fastify, logger);
  const index = followRegistry(fastify, registry, metrics);
  serveOriginal(fastify, registry, index, logger);
  serveRunners(fastify, registry);
  serveAlgorithm(fastify, index);
  serveWatch(fastify, new WatchHub(registry, logger, options.watch));
  serveHealth(fastify, registry, index);
  addLiveRoute(fastify);
  if (metrics) addMetricsRoute(fastify, metrics);
  return fastify;
}

function followRegistry(fastify: FastifyInstance, registry: RunnerRegistry, metrics?: Metrics): RunnerIndex {
  const index = new RunnerIndex(registry.list());
  const tellSizes = (): void => {
    for (const kind of ['lease', 'probe'] as const)
      metrics?.discoveryRunners.set({ kind }, index.countRunners(kind));
    metrics?.discoveryAlgorithms.set(index.countAlgorithms());
  };
  tellSizes();
  const stop = registry.watch((delta) => {
    index.apply(delta);
    tellSizes();
  });
  fastify.addHook('onClose', async () => stop());
  return index;
}

/** What the original programs speak: exactly these bodies, and nothing else in them. */
function serveOriginal(
  fastify: FastifyInstance,
  registry: RunnerRegistry,
  index: RunnerIndex,
  logger: Logger,
): void {
  fastify.post('/algorithms', { errorHandler: handleOriginalProblems(logger) }, async (request, reply) => {
    const parsed = parseOriginalRegistration(request.body);
    if ('fault' in parsed) throw new RunyardError('malformed_body', parsed.fault, parsed.options);
    registry.registerOriginal(parsed.registration);
    return reply.type('application/json').send('null');
  });
  fastify.get('/algorithms', async () => {
    const hosts = index.algorithms().map(({ name }) => [name, chooseHost(index.find(name))] as const);
    return Object.fromEntries(hosts.filter(([, host]) => host !== undefined));
  });
}

/** The one that has been there longest, so that the answer stays the same while nothing changes. */
function chooseHost(runners: readonly RunnerEntry[]): string | undefined {
  return runners
    .filter((runner) => runner.healthy && runner.draining !== true)
    .sort((a, b) => a.registeredAt - b.registeredAt || (a.id < b.id ? -1 : 1))[0]?.host;
}

function serveRunners(fastify: FastifyInstance, registry: RunnerRegistry): void {
  fastify.put<{ Params: { id: string }; Body: RunnerRegistration }>(
    '/runners/:id',
    { schema: { params: runnerIdParams, body: registrationSchema } },
    async (request) => {
      const fault = findHostFault(request.body.host);
      if (fault !== undefined)
        throw new RunyardError('malformed_request', `host: ${fault}`, {
          errors: [{ path: '/host', message: fault }],
        });
      return registry.put(request.params.id, pickRegistration(request.body));
    },
  );
  fastify.delete<{ Params: { id: string } }>('/runners/:id', async (request, reply) => {
    registry.delete(request.params.id);
    return reply.code(204).send();
  });
  fastify.get('/runners', async () => registry.list());
}

function serveAlgorithm(fastify: FastifyInstance, index: RunnerIndex): void {
  fastify.get<{ Params: { '*': string } }>('/algorithms/*', async (request) => {
    const name = request.params['*'];
    const descriptor = index.descriptor(name);
    if (!descriptor)
      throw new RunyardError('not_found', `no runner offers '${name}'; GET /algorithms lists what there is`);
    return { ...descriptor, runners: index.find(name).map(withoutAlgorithms) };
  });
}

function withoutAlgorithms({ algorithms: _, ...runner }: RunnerEntry): Omit<RunnerEntry, 'algorithms'> {
  return runner;
}

function serveWatch(fastify: FastifyInstance, hub: WatchHub): void {
  fastify.get('/watch', (request, reply) => {
    const after = parseAfter(request);
    if (hub.isFull) throw new RunyardError('busy', 'there are too many watchers', { retryAfterMs: 5_000 });
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': EVENT_STREAM_TYPE, 'cache-control': 'no-store' });
    hub.add(reply.raw, after);
  });
  // Before the server waits for its connections: these would never end by themselves.
  fastify.addHook('preClose', async () => hub.close());
}

function parseAfter(request: FastifyRequest): number | undefined {
  const { after } = request.query as { after?: string | string[] };
  const text = request.headers['last-event-id'] ?? after;
  if (text === undefined || text === '') return undefined;
  const revision = typeof text === 'string' ? Number(text) : NaN;
  if (Number.isSafeInteger(revision) && revision >= 0) return revision;
  throw new RunyardError(
    'malformed_request',
    `after: expected a revision, got '${text.toString().slice(0, 100)}'`,
    {
      errors: [{ path: '/after', message: 'is no revision' }],
    },
  );
}

function serveHealth(fastify: FastifyInstance, registry: RunnerRegistry, index: RunnerIndex): void {
  fastify.get('/health', async () => ({
    status: 'ok',
    revision: registry.snapshot().revision,
    runners: index.runners().length,
    algorithms: index.algorithms().length,
  }));
}
