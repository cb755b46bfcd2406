import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import { createController, type Controller } from '../controller/index.js';
import type { RunnerDirectory } from '../discovery/index.js';
import type { Dispatcher } from '../dispatch/index.js';
import { RabbitmqTaskQueue, SqliteTaskQueue, type TaskQueue } from '../queue/index.js';
import { openDatabase, type SqliteDatabase } from '../sqlite/index.js';
import { openPostgresTaskStore, SqliteTaskStore, type TaskStore } from '../store/index.js';
import { createTaskService, type TaskService } from '../tasks/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import { loadCallbackSecret } from './callback-secret.js';
import type { ReleaseStack } from './release-stack.js';

export interface TaskCoreOptions {
  dataDir: string;
  settings: Settings;
  directory: RunnerDirectory;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  /** A controller in this process hears of it without looking into the store. */
  onCancelRequested?: (taskId: string) => void;
}

/** Queue and store, and the service that puts tasks in them. */
export interface TaskCore {
  queue: TaskQueue;
  store: TaskStore;
  tasks: TaskService;
  /** Queue and store write in one transaction what is asked of them in one turn of the event loop. */
  atomic: boolean;
}

/**
 * Opens queue and store where the settings say: both in the one SQLite file of the data directory, or each on its server.
 * A server that is not there yet is waited for.
 * @throws RunyardError `data_unusable`, `invalid_config`, `queue_mismatch`, `queue_unavailable`, `store_unavailable`
 */
export async function openTaskCore(options: TaskCoreOptions, stack: ReleaseStack): Promise<TaskCore> {
  const { settings, logger, metrics, directory } = options;
  const embedded = new EmbeddedDatabase(options, stack);
  const store = await openStore(options, embedded, stack);
  const queue = await openQueue(options, embedded, stack);
  const atomic = settings.queue.url === undefined && settings.store.url === undefined;
  const tasks = createTaskService({
    store,
    queue,
    directory,
    logger,
    metrics,
    tracer: options.tracer,
    atomic,
    ...(settings.callbacks.allowPrivate && { assertCallbackUrl: assertHttpUrl }),
    ...(options.onCancelRequested && { onCancelRequested: options.onCancelRequested }),
  });
  return { queue, store, tasks, atomic };
}

/** The SQLite file, opened by whoever needs it first. */
class EmbeddedDatabase {
  readonly #options: TaskCoreOptions;
  readonly #stack: ReleaseStack;
  #database: SqliteDatabase | undefined;

  constructor(options: TaskCoreOptions, stack: ReleaseStack) {
    this.#options = options;
    this.#stack = stack;
  }

  get(): SqliteDatabase {
    const { dataDir, logger } = this.#options;
    if (this.#database) return this.#database;
    const database = openDatabase({ path: join(dataDir, 'yard.sqlite'), logger });
    this.#stack.push(() => database.close());
    return (this.#database = database);
  }
}

async function openStore(
  { settings, logger }: TaskCoreOptions,
  embedded: EmbeddedDatabase,
  stack: ReleaseStack,
): Promise<TaskStore> {
  const { url, ...options } = settings.store;
  const store =
    url === undefined
      ? new SqliteTaskStore({ database: embedded.get(), logger })
      : await openPostgresTaskStore({ url, ...options, logger });
  stack.push(() => store.close());
  return store;
}

async function openQueue(
  { settings, logger }: TaskCoreOptions,
  embedded: EmbeddedDatabase,
  stack: ReleaseStack,
): Promise<TaskQueue> {
  const { url, leaseMs, ...options } = settings.queue;
  const queue =
    url === undefined
      ? new SqliteTaskQueue({ database: embedded.get(), leaseMs, logger })
      : await RabbitmqTaskQueue.open({ url, ...options, logger });
  stack.push(() => queue.close({ release: true }));
  return queue;
}

/** A controller over queue and store, started. Closing drains nothing: call `drain` before. */
export async function startController(
  core: TaskCore,
  dispatcher: Dispatcher,
  options: TaskCoreOptions,
  stack: ReleaseStack,
): Promise<Controller> {
  const { settings, logger, metrics } = options;
  const { maxTries, timeoutMs, allowPrivate } = settings.callbacks;
  if (settings.store.url !== undefined && settings.callbacks.secret === undefined)
    logger.warn(
      'callbacks are signed with a key of this data directory: controllers elsewhere sign with others; set callbacks.secret',
    );
  const { host: _host, port: _port, ...rules } = settings.controller;
  const controller = createController({
    queue: core.queue,
    store: core.store,
    dispatcher,
    atomic: core.atomic,
    directory: options.directory,
    algorithms: settings.algorithms,
    settings: rules,
    logger,
    metrics,
    tracer: options.tracer,
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
