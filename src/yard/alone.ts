import { discoveryUrls, type Settings } from '../config/index.js';
import { ControllerServer } from '../controller/index.js';
import {
  addFixedRunner,
  createDiscoveryServer,
  createRemoteDirectory,
  RunnerRegistry,
  type RunnerDirectory,
} from '../discovery/index.js';
import { createDispatcher, createHttpTransport, type Dispatcher } from '../dispatch/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import { callThrough } from './call-through.js';
import { openFrontDoor } from './front-door.js';
import { listen } from './listen.js';
import { ProjectRunner } from './project-runner.js';
import { findNamedProject } from './named-project.js';
import { ReleaseStack } from './release-stack.js';
import { startOriginalIntake } from './original-intake.js';
import { openTaskCore, startController } from './task-core.js';
import type { ProjectStatus } from './yard-event.js';

interface PartOptions {
  settings: Settings;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
}

/** A part of the yard in a process of its own. */
export interface Part {
  drain?: () => Promise<void>;
  close: () => Promise<void>;
}

/** Discovery alone. @throws RunyardError `port_in_use` */
export async function openDiscoveryAlone(options: PartOptions): Promise<Part & { url: string }> {
  return part(options, async (stack) => {
    const url = await openDiscovery(options, stack);
    return { url: url.discoveryUrl };
  });
}

/** Opens a registry and its server. */
export async function openDiscovery(
  { settings, logger, metrics }: PartOptions,
  stack: ReleaseStack,
): Promise<{ registry: RunnerRegistry; discoveryUrl: string }> {
  const { host, port, leaseMs, probeIntervalMs } = settings.discovery;
  const registry = new RunnerRegistry({ leaseMs, probeIntervalMs, logger });
  stack.push(() => registry.close());
  const server = createDiscoveryServer({ registry, logger, metrics });
  stack.push(() => server.close());
  const advice = 'choose another with --port, --discovery-port (up) or discovery.port';
  return { registry, discoveryUrl: await listen(server, { host, port }, { name: 'discovery', advice }) };
}

/** One project's runner alone. @throws RunyardError when the folder is no project, or it cannot be brought up */
export async function openRunnerAlone(
  options: PartOptions & {
    dir: string;
    env: Readonly<Record<string, string | undefined>>;
    version: string;
    address?: string;
    advertisedHost?: string;
    onProgress: (line: string) => void;
  },
): Promise<Part & { status(): ProjectStatus }> {
  const project = await findNamedProject(options.dir, options.settings);
  return part(options, async (stack) => {
    const { dispatcher } = openDispatch(options, stack);
    const runner = await ProjectRunner.start(project, {
      ...options,
      call: callThrough(dispatcher),
      discoveries: discoveryUrls(options.settings),
      searchPort: false,
    });
    stack.push(() => runner.close());
    return { status: () => runner.status(), drain: () => runner.drain() };
  });
}

/**
 * A controller alone, and with it the intake of original messages where the settings ask for it. It tells its health from the start, also while it waits for queue and store.
 * @throws RunyardError `port_in_use`
 */
export async function openControllerAlone(
  options: PartOptions & { dataDir: string; version: string },
): Promise<Part & { url: string }> {
  return part(options, async (stack) => {
    const { settings } = options;
    const server = new ControllerServer(options);
    stack.push(() => server.fastify.close());
    const { host, port } = settings.controller;
    const advice = 'choose another with --port or controller.port';
    const url = await listen(server.fastify, { host, port }, { name: 'controller', advice });
    const { directory, dispatcher } = openDispatch(options, stack);
    const shared = { ...options, directory };
    const core = await openTaskCore(shared, stack);
    const controller = await startController(core, dispatcher, shared, stack);
    const intake = await startOriginalIntake({ ...options, tasks: core.tasks }, stack);
    server.watch({ controller, queue: core.queue, store: core.store });
    return {
      url,
      drain: async () => {
        await intake?.drain();
        await controller.drain();
      },
    };
  });
}

/** A gateway alone, on the embedded queue of a data directory. @throws RunyardError `keys_required`, `port_in_use` */
export async function openGatewayAlone(
  options: PartOptions & { dataDir: string; allowNoKeys: boolean; version: string },
): Promise<Part & { url: string }> {
  return part(options, async (stack) => {
    const { directory, dispatcher } = openDispatch(options, stack);
    const core = await openTaskCore({ ...options, directory }, stack);
    return { url: await openFrontDoor({ ...options, core, directory, dispatcher }, stack) };
  });
}

function openDispatch(
  { settings, logger, metrics, tracer }: PartOptions,
  stack: ReleaseStack,
): { directory: RunnerDirectory; dispatcher: Dispatcher } {
  const { originalRunner } = settings.queue;
  // Part II of the series has no discovery: none is looked for unless one is named.
  const urls = originalRunner === undefined ? discoveryUrls(settings) : [...settings.discovery.urls];
  const found = createRemoteDirectory({ urls, logger });
  stack.push(() => found.close());
  const directory = originalRunner === undefined ? found : addFixedRunner(found, originalRunner);
  const transport = createHttpTransport({ logger });
  stack.push(() => transport.close());
  const dispatcher = createDispatcher({ directory, transport, logger, metrics, tracer });
  stack.push(() => dispatcher.close());
  return { directory, dispatcher };
}

/** Builds a part on a release stack; what was opened is given back when building fails. */
async function part<T extends object>(
  { tracer }: PartOptions,
  build: (stack: ReleaseStack) => Promise<T>,
): Promise<T & { close: () => Promise<void> }> {
  const stack = new ReleaseStack();
  // Closed last, when all spans have ended.
  stack.push(() => tracer?.close());
  try {
    return { ...(await build(stack)), close: () => stack.release() };
  } catch (error) {
    await stack.release();
    throw error;
  }
}
