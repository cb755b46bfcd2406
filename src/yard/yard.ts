import { resolve } from 'node:path';
import type { Settings } from '../config/index.js';
import type { Controller } from '../controller/index.js';
import { addFixedRunner, createLocalDirectory } from '../discovery/index.js';
import {
  createDispatcher,
  createHttpTransport,
  createLocalTransport,
  type Dispatcher,
} from '../dispatch/index.js';
import type { TaskService } from '../tasks/index.js';
import { createMetrics, silentLogger, type Logger, type Metrics, type Tracer } from '../telemetry/index.js';
import { openDiscovery } from './alone.js';
import { callThrough } from './call-through.js';
import { openFrontDoor } from './front-door.js';
import { startOriginalIntake } from './original-intake.js';
import { ProjectRunners } from './project-runners.js';
import { ProjectWatcher } from './project-watcher.js';
import { ReleaseStack } from './release-stack.js';
import { openTaskCore, startController } from './task-core.js';
import type { ProjectStatus, YardEvent } from './yard-event.js';

export interface YardOptions {
  /** Folders that are projects or hold some. */
  dirs: readonly string[];
  settings: Settings;
  /** Where the queue and the store live; made when missing. */
  dataDir: string;
  /** The environment of this process; projects see the allowed part of it. @default {} */
  env?: Readonly<Record<string, string | undefined>>;
  /** Follow changes: of all files, or only of which folders there are. @default false */
  watch?: boolean | 'folders';
  /** Listen beyond loopback although no keys are set. @default false */
  allowNoKeys?: boolean;
  onEvent?: (event: YardEvent) => void;
  logger?: Logger;
  metrics?: Metrics;
  tracer?: Tracer | undefined;
  /** @default '0.0.0' */
  version?: string;
}

/** All of Runyard in one process. */
export interface Yard {
  gatewayUrl: string;
  discoveryUrl: string;
  tasks: TaskService;
  dispatcher: Dispatcher;
  projects(): ProjectStatus[];
  /** Takes no new work and finishes what runs. */
  drain(): Promise<void>;
  /** Ends everything; work that still runs goes back to the queue. */
  close(): Promise<void>;
}

/**
 * Brings up discovery, queue, runners, controller and gateway. Broken projects are told by `onEvent` and do not
 * keep the others from coming up.
 * @throws RunyardError `port_in_use`, `data_unusable`, `keys_required`
 */
export async function createYard(options: YardOptions): Promise<Yard> {
  const stack = new ReleaseStack();
  try {
    return await build(options, stack);
  } catch (error) {
    await stack.release();
    throw error;
  }
}

async function build(options: YardOptions, stack: ReleaseStack): Promise<Yard> {
  const { settings, tracer } = options;
  stack.push(() => tracer?.close());
  const logger = options.logger ?? silentLogger;
  const version = options.version ?? '0.0.0';
  const metrics = options.metrics ?? createMetrics();
  const dirs = options.dirs.map((dir) => resolve(dir));

  const { registry, discoveryUrl } = await openDiscovery({ settings, logger, metrics }, stack);
  const local = createLocalDirectory(registry);
  stack.push(() => local.close());
  const { originalRunner } = settings.queue;
  const directory = originalRunner === undefined ? local : addFixedRunner(local, originalRunner);

  // The dispatcher needs the runners' processes and the runners' `ctx.call` needs the dispatcher.
  const transport = createLocalTransport({
    lookup: (id) => runners.lookup(id),
    fallback: createHttpTransport({ logger }),
    metrics,
  });
  stack.push(() => transport.close());
  const dispatcher = createDispatcher({ directory, transport, logger, metrics, tracer });
  stack.push(() => dispatcher.close());
  const runners = new ProjectRunners({
    dirs,
    settings,
    env: options.env ?? {},
    call: callThrough(dispatcher),
    discoveries: settings.discovery.urls,
    registry,
    logger,
    metrics,
    tracer,
    version,
    onEvent: options.onEvent ?? (() => undefined),
  });

  const own: { controller?: Controller } = {};
  const onCancelRequested = (taskId: string): void => void own.controller?.cancel(taskId);
  const shared = {
    dataDir: resolve(options.dataDir),
    settings,
    directory,
    logger,
    metrics,
    tracer,
    onCancelRequested,
  };
  const core = await openTaskCore(shared, stack);
  stack.push(() => runners.close());
  const controller = (own.controller = await startController(core, dispatcher, shared, stack));
  const intake = await startOriginalIntake({ settings, logger, tasks: core.tasks }, stack);
  const gatewayUrl = await openFrontDoor(
    {
      settings,
      core,
      dispatcher,
      directory,
      allowNoKeys: options.allowNoKeys ?? false,
      logger,
      metrics,
      tracer,
      version,
    },
    stack,
  );
  if (options.watch) {
    const watcher = new ProjectWatcher({
      dirs,
      onChange: (paths) => {
        const taken = options.watch === 'folders' ? runners.found(paths) : runners.changed(paths);
        taken.catch((error: unknown) => logger.error({ err: error }, 'a change could not be taken up'));
      },
    });
    stack.push(() => watcher.close());
    await watcher.ready();
  }
  await runners.found([]);

  return {
    gatewayUrl,
    discoveryUrl,
    tasks: core.tasks,
    dispatcher,
    projects: () => runners.statuses(),
    drain: async () => {
      await intake?.drain();
      await controller.drain();
      await runners.drain();
    },
    close: () => stack.release(),
  };
}
