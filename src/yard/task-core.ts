import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import { createController, type Controller } from '../controller/index.js';
import type { RunnerDirectory } from '../discovery/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import { SqliteTaskQueue, type TaskQueue } from '../queue/index.js';
import { openDatabase } from '../sqlite/index.js';
import { SqliteTaskStore, type TaskStore } from '../store/index.js';
import { createTaskService, type TaskService } from '../tasks/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import { loadCallbackSecret } from './callback-secret.js';
import type { ReleaseStack } from './release-stack.js';

export interface TaskCoreOptions {
  dataDir: string;
  settings: Settings;
  directory: RunnerDirectory;
  logger: Logger;
  metrics: Metrics;
  /** A controller in this process hears of it without looking into the store. */
  onCancelRequested?: (taskId: string) => void;
}

/** The embedded queue and store, and the service that puts tasks in them. */
export interface TaskCore {
  queue: TaskQueue;
  store: TaskStore;
  tasks: TaskService;
}

/** Opens the one SQLite file that queue and store share. @throws RunyardError `data_unusable` */
export function openTaskCore(options: TaskCoreOptions, stack: ReleaseStack): TaskCore {
  const { settings, logger, metrics, directory } = options;
  const database = openDatabase({ path: join(options.dataDir, 'yard.sqlite'), logger });
  stack.push(() => database.close());
  const queue = new SqliteTaskQueue({ database, leaseMs: settings.queue.leaseMs, logger });
  stack.push(() => queue.close({ release: true }));
  const store = new SqliteTaskStore({ database, logger });
  stack.push(() => store.close());
  const tasks = createTaskService({
    store,
    queue,
    directory,
    logger,
    metrics,
    atomic: true,
    ...(settings.callbacks.allowPrivate && { assertCallbackUrl: assertHttpUrl }),
    ...(options.onCancelRequested && { onCancelRequested: options.onCancelRequested }),
  });
  return { queue, store, tasks };
}

/** A controller over the embedded queue, started. Closing drains nothing: call `drain` before. */
export async function startController(
  core: TaskCore,
  dispatcher: Dispatcher,
  options: TaskCoreOptions,
  stack: ReleaseStack,
): Promise<Controller> {
  const { settings, logger, metrics } = options;
  const { maxTries, timeoutMs, allowPrivate } = settings.callbacks;
  const controller = createController({
    queue: core.queue,
    store: core.store,
    dispatcher,
    atomic: true,
    directory: options.directory,
    algorithms: settings.algorithms,
    settings: settings.controller,
    logger,
    metrics,
    callbacks: {
      secret: settings.callbacks.secret ?? (await loadCallbackSecret(options.dataDir)),
      maxTries,
      timeoutMs,
      allowPrivate,
    },
  });
  stack.push(() => controller.close());
  await controller.start();
  return controller;
}

function assertHttpUrl(url: string): Promise<void> {
  const known = URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol);
  return known ? Promise.resolve() : Promise.reject(new Error(`expected an http or https URL, got ${url}`));
}
