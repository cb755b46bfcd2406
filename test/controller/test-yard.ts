import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createController, type Controller, type ControllerOptions } from '../../src/controller/index.js';
import { isFinal, type Descriptor, type NewTask, type Task } from '../../src/protocol/index.js';
import { SqliteTaskQueue } from '../../src/queue/sqlite/index.js';
import { openDatabase, type SqliteDatabase } from '../../src/sqlite/index.js';
import { SqliteTaskStore } from '../../src/store/sqlite/index.js';
import { createTaskService, type TaskService, type TaskServiceOptions } from '../../src/tasks/index.js';
import { until } from '../until.js';
import { ScriptedDispatcher } from './scripted-dispatcher.js';

/** A clock that moves only when it is told to. */
export class FakeClock {
  #now = Date.now();
  readonly read = (): number => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** Quick where a test waits, and without chance. */
const QUICK: ControllerOptions['settings'] = {
  jitter: 0,
  laneCheckIntervalMs: 20,
  sweepIntervalMs: 20,
  pruneIntervalMs: 20,
  cancelCheckMs: 20,
  closeGraceMs: 0,
};

export interface YardOptions {
  /** Another yard's directory: a second process on the same file. */
  dir?: string;
  clock?: FakeClock;
  leaseMs?: number;
  descriptors?: Descriptor[];
  controller?: Partial<ControllerOptions>;
  service?: Partial<TaskServiceOptions>;
}

/** A queue, a store, a task service and controllers on a real file, with a dispatcher of the test. */
export class TestYard {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly database: SqliteDatabase;
  readonly queue: SqliteTaskQueue;
  readonly store: SqliteTaskStore;
  readonly dispatcher = new ScriptedDispatcher();
  readonly tasks: TaskService;
  readonly #options: YardOptions;
  readonly #controllers: Controller[] = [];
  readonly #ownsDir: boolean;

  constructor(dir: string, options: YardOptions) {
    this.dir = dir;
    this.#ownsDir = options.dir === undefined;
    this.#options = options;
    this.clock = options.clock ?? new FakeClock();
    const clock = this.clock.read;
    this.database = openDatabase({ path: join(dir, 'yard.db'), clock, pollMs: 10 });
    this.queue = new SqliteTaskQueue({
      database: this.database,
      ...(options.leaseMs && { leaseMs: options.leaseMs }),
    });
    this.store = new SqliteTaskStore({ database: this.database });
    this.tasks = createTaskService({
      ...{ store: this.store, queue: this.queue, clock, atomic: true, directory: this.directory },
      ...options.service,
    });
  }

  get directory(): { descriptor(name: string): Descriptor | undefined } {
    return { descriptor: (name) => this.#options.descriptors?.find((it) => it.name === name) };
  }

  /** Makes a controller and starts it. */
  async start(options: Partial<ControllerOptions> = {}): Promise<Controller> {
    const controller = createController({
      ...{ queue: this.queue, store: this.store, dispatcher: this.dispatcher, clock: this.clock.read },
      ...{ atomic: true, directory: this.directory, random: () => 0.5 },
      ...this.#options.controller,
      ...options,
      settings: { ...QUICK, ...this.#options.controller?.settings, ...options.settings },
    });
    this.#controllers.push(controller);
    await controller.start();
    return controller;
  }

  async submit(algorithm: string, more: Partial<NewTask> = {}): Promise<Task> {
    const { task } = await this.tasks.submit({ algorithm, payload: {}, ...more });
    return task;
  }

  /** Waits until the task fits. */
  until(what: string, id: string, condition: (task: Task) => unknown): Promise<Task> {
    return until(`the task is ${what}`, async () => {
      const task = await this.store.get(id);
      return task && condition(task) ? task : undefined;
    });
  }

  untilEnded(id: string): Promise<Task> {
    return this.until('ended', id, ({ state }) => isFinal(state));
  }

  async depth(algorithm: string): Promise<{ ready: number; delayed: number; claimed: number }> {
    const depths = await this.queue.depths();
    const {
      ready,
      delayed = 0,
      claimed,
    } = depths.find((lane) => lane.algorithm === algorithm) ?? {
      ready: 0,
      delayed: 0,
      claimed: 0,
    };
    return { ready, delayed, claimed };
  }

  async close(): Promise<void> {
    await Promise.all(this.#controllers.map((controller) => controller.close()));
    await this.queue.close({ release: true });
    await this.store.close();
    await this.database.close();
    if (this.#ownsDir) await rm(this.dir, { recursive: true, force: true });
  }
}

export async function openYard(options: YardOptions = {}): Promise<TestYard> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'runyard-controller-')));
  return new TestYard(dir, options);
}
