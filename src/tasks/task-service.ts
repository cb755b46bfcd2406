import { findFetchError, assertPublicUrl } from '../net/index.js';
import { describeError, RunyardError } from '../errors/index.js';
import { UNREADABLE, type NewTask, type Task, type TaskError } from '../protocol/index.js';
import type { QueueMessage } from '../queue/index.js';
import type { CreateResult, TaskFilter, TaskPage } from '../store/index.js';
import { silentLogger } from '../telemetry/index.js';
import { followTask, taskNotFound, type FollowOptions, type TaskStoryItem } from './follow-task.js';
import { assertWellFormed } from './new-task-check.js';
import { PayloadCheck } from './payload-check.js';
import { redriveAll, type RedriveProgress } from './redrive-tasks.js';
import { createTaskIds } from './task-ids.js';
import type { TaskServiceOptions } from './task-service-options.js';
import { waitForTask, type WaitOptions } from './wait-task.js';

export const DEFAULT_PRIORITY = 4;

/** Everything that can be done with tasks, for gateway and commands alike. */
export interface TaskService {
  /**
   * Accepts a task: when this resolves, it survives a crash of the machine. `created` is false when its idempotency key was known.
   * @param id a second submission with the same one gives the first task back; a new one when absent
   * @throws RunyardError `malformed_request`, `invalid_input`, `body_too_large`, `unknown_algorithm`, `callback_refused`, `idempotency_conflict`
   */
  submit(task: NewTask, id?: string): Promise<CreateResult>;
  /** Keeps what can never run as a dead task with its reason, for somebody to look at. Durable when this resolves; idempotent by id. */
  submitDead(task: NewTask, error: TaskError, id?: string): Promise<void>;
  get(id: string): Promise<Task | undefined>;
  /** Newest first. @param limit 1 to 1000 */
  list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage>;
  /**
   * Ends a waiting task, and asks for the end of a running one. A cancelled one stays as it is.
   * @throws RunyardError `task_not_found`, `task_conflict`
   */
  cancel(id: string): Promise<Task>;
  /**
   * Gives a dead or cancelled task a new start, with another payload if one is given.
   * @throws RunyardError `task_not_found`, `task_conflict`, `invalid_input`, `body_too_large`
   */
  redrive(id: string, payload?: unknown): Promise<Task>;
  /** Redrives all tasks of a filter (dead ones unless it says `cancelled`), in batches. */
  redriveAll(filter: TaskFilter, onProgress?: (progress: RedriveProgress) => void): Promise<RedriveProgress>;
  /** The task's story from its start, live to its end. @throws RunyardError `task_not_found`, or the signal's reason */
  follow(id: string, options?: FollowOptions): AsyncIterable<TaskStoryItem>;
  /** The task once it has ended, or as it is when the time is over. @throws RunyardError `task_not_found`, or the signal's reason */
  wait(id: string, options?: WaitOptions): Promise<Task>;
}

/** Composes a task service; it holds nothing that would have to be closed. */
export function createTaskService(options: TaskServiceOptions): TaskService {
  return new StoredTaskService(options);
}

class StoredTaskService implements TaskService {
  readonly #options: TaskServiceOptions;
  readonly #clock: () => number;
  readonly #createId: () => string;
  readonly #payloads: PayloadCheck;

  constructor(options: TaskServiceOptions) {
    const { directory, limits = {}, requireKnown = false, clock = Date.now, logger = silentLogger } = options;
    const { maxPayloadBytes, maxDepth } = limits;
    this.#options = options;
    this.#clock = clock;
    this.#createId = options.createId ?? createTaskIds(clock);
    this.#payloads = new PayloadCheck({ directory, maxPayloadBytes, maxDepth, requireKnown, logger });
  }

  async submit(task: NewTask, id = this.#createId()): Promise<CreateResult> {
    assertWellFormed(task, this.#payloads.takesArguments(task.algorithm));
    this.#payloads.assertFits(task.algorithm, task.payload);
    if (task.callbackUrl !== undefined) await this.#assertCallback(task.callbackUrl);
    const result = await this.#createTraced(id, task);
    if (result.created) this.#count(task.algorithm);
    return result;
  }

  async submitDead(task: NewTask, error: TaskError, id = this.#createId()): Promise<void> {
    await this.#options.store.createDead(id, task, error, this.#clock());
  }

  get(id: string): Promise<Task | undefined> {
    return this.#options.store.get(id);
  }

  list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage> {
    return this.#options.store.list(filter, limit, after);
  }

  async cancel(id: string): Promise<Task> {
    const { store, queue, onCancelRequested } = this.#options;
    const state = await store.cancel(id, this.#clock());
    if (state === 'running') onCancelRequested?.(id);
    // Only after the record says so: a message without a waiting task is harmless, a task without a message is lost.
    if (state === 'cancelled') await queue.remove(id);
    const task = await this.#read(id);
    if (state === 'succeeded' || state === 'dead') {
      throw new RunyardError(
        'task_conflict',
        `Only waiting and running tasks can be cancelled; task "${id}" is ${state}.`,
      );
    }
    return task;
  }

  async redrive(id: string, payload?: unknown): Promise<Task> {
    const known = await this.#read(id);
    if (known.state !== 'dead' && known.state !== 'cancelled') throw notRedrivable(known);
    if (known.algorithm === UNREADABLE) throw nothingToRun(known);
    if (payload !== undefined) {
      assertWellFormed(
        { algorithm: known.algorithm, payload },
        this.#payloads.takesArguments(known.algorithm),
      );
      this.#payloads.assertFits(known.algorithm, payload);
    }
    const { store, queue, atomic } = this.#options;
    const message = { id, algorithm: known.algorithm, priority: known.priority };
    const redriven = store.redrive(id, this.#clock(), payload);
    if (!atomic) await redriven;
    // When somebody else was faster the message is one too many, and the controller drops it.
    const [task] = await Promise.all([redriven, queue.publish(message)]);
    if (!task) throw notRedrivable(await this.#read(id));
    return task;
  }

  redriveAll(filter: TaskFilter, onProgress?: (progress: RedriveProgress) => void): Promise<RedriveProgress> {
    return redriveAll(this.#options.store, filter, (id) => this.redrive(id), onProgress);
  }

  follow(id: string, options: FollowOptions = {}): AsyncIterable<TaskStoryItem> {
    return followTask(this.#options.store, id, options);
  }

  wait(id: string, options: WaitOptions = {}): Promise<Task> {
    return waitForTask(this.#options.store, id, options);
  }

  /** What becomes of the task is part of the span of its submission, however long it waits. */
  async #createTraced(id: string, task: NewTask): Promise<CreateResult> {
    const { tracer } = this.#options;
    if (!tracer) return this.#create(id, task);
    const { algorithm, traceparent: parent } = task;
    const attributes = { 'runyard.algorithm': algorithm, 'runyard.request.id': id };
    const span = tracer.start({ name: `send ${algorithm}`, kind: 'producer', parent, attributes });
    try {
      const result = await this.#create(id, { ...task, traceparent: span.traceparent });
      span.end();
      return result;
    } catch (error) {
      span.end({ class: 'failed', code: 'internal', message: describeError(error) });
      throw error;
    }
  }

  #create(id: string, task: NewTask): Promise<CreateResult> {
    return this.#options.atomic ? this.#createAtOnce(id, task) : this.#createInOrder(id, task);
  }

  /** Record and message in one transaction: nothing can come between them. */
  async #createAtOnce(id: string, task: NewTask): Promise<CreateResult> {
    const { store, queue } = this.#options;
    const [created, published] = await Promise.allSettled([
      this.#timed('storeSeconds', store.create(id, task, this.#clock())),
      this.#timed('publishSeconds', queue.publish(toMessage(id, task))),
    ]);
    const isKept = created.status === 'fulfilled' && created.value.created;
    // The idempotency key was known: nothing is to run under the new id.
    if (!isKept && published.status === 'fulfilled') await queue.remove(id);
    if (created.status === 'rejected') throw created.reason;
    if (published.status === 'rejected') throw published.reason;
    if (!isKept) await this.#publishAgain(created.value.task);
    return created.value;
  }

  /** The record first: a message without one would be dropped. */
  async #createInOrder(id: string, task: NewTask): Promise<CreateResult> {
    const { store, queue } = this.#options;
    const result = await this.#timed('storeSeconds', store.create(id, task, this.#clock()));
    if (result.created) await this.#timed('publishSeconds', queue.publish(toMessage(id, task)));
    else await this.#publishAgain(result.task);
    return result;
  }

  /**
   * The first submission may have died between record and message; a message that is there already is not doubled.
   * One that has been tried had its message: publishing it would only cut short its wait for the next try.
   */
  async #publishAgain(task: Task): Promise<void> {
    if (task.state === 'waiting' && task.attempts.length === 0)
      await this.#options.queue.publish(toMessage(task.id, task));
  }

  async #assertCallback(url: string): Promise<void> {
    const { assertCallbackUrl = assertPublicUrl } = this.#options;
    try {
      await assertCallbackUrl(url);
    } catch (cause) {
      if (cause instanceof RunyardError) throw cause;
      const message = describeError(findFetchError(cause) ?? cause);
      throw new RunyardError('callback_refused', `callbackUrl: ${message}`, {
        cause,
        errors: [{ path: '/callbackUrl', message }],
      });
    }
  }

  async #read(id: string): Promise<Task> {
    const task = await this.#options.store.get(id);
    if (!task) throw taskNotFound(id);
    return task;
  }

  /** Failures are told by their errors; their times would only blur those of what was kept. */
  async #timed<T>(metric: 'storeSeconds' | 'publishSeconds', work: Promise<T>): Promise<T> {
    const { metrics } = this.#options;
    if (!metrics) return work;
    const startedAt = performance.now();
    const result = await work;
    metrics[metric].observe((performance.now() - startedAt) / 1000);
    return result;
  }

  /** Names that nobody offers are counted together: anybody can make them up, and each would stay in memory. */
  #count(algorithm: string): void {
    const { metrics, directory } = this.#options;
    if (!metrics) return;
    const isKnown = !directory || directory.descriptor(algorithm) !== undefined;
    metrics.submitted.inc({ algorithm: isKnown ? algorithm : 'unknown' });
  }
}

function toMessage(id: string, task: NewTask): QueueMessage {
  const { algorithm, priority = DEFAULT_PRIORITY, runAt, traceparent } = task;
  return {
    ...{ id, algorithm, priority },
    ...(runAt !== undefined && { availableAt: runAt }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

function nothingToRun({ id }: Task): RunyardError {
  return new RunyardError(
    'task_conflict',
    `Task "${id}" is a message that could not be read, and names no algorithm: submit what it was meant to be.`,
  );
}

function notRedrivable({ id, state }: Task): RunyardError {
  return new RunyardError(
    'task_conflict',
    `Only dead and cancelled tasks can be redriven; task "${id}" is ${state}.`,
  );
}
