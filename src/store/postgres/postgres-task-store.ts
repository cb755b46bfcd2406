import { randomInt, randomUUID } from 'node:crypto';
import { RunyardError } from '../../errors/index.js';
import type { NewTask, Task, TaskError, TaskEvent, TaskState } from '../../protocol/index.js';
import { CANCELLED_WAITING } from '../attempt-end.js';
import { encodeEvent } from '../event-code.js';
import { encodeNewTask } from '../new-task-row.js';
import { assertSameSubmission } from '../same-submission.js';
import { CANCELLED, DEAD } from '../state-code.js';
import type {
  AttemptEnd,
  AttemptStart,
  Callback,
  CreateResult,
  TaskFilter,
  TaskPage,
  TaskStore,
  TaskSummary,
} from '../task-store.js';
import { CallbackOutbox } from './callback-outbox.js';
import type { TaskMark } from './task-mark.js';
import type { ChangeKind } from './change-kind.js';
import { ChangeLane } from './change-lane.js';
import { ChangeListener } from './change-listener.js';
import { ChangeNotifier } from './change-notifier.js';
import { appendEvents } from './changes/append-events.js';
import { createDeadTasks } from './changes/create-dead-tasks.js';
import { createTasks } from './changes/create-tasks.js';
import { endAttempts } from './changes/end-attempts.js';
import { endWaiting } from './changes/end-waiting.js';
import { redriveTasks } from './changes/redrive-tasks.js';
import { startAttempts } from './changes/start-attempts.js';
import type { ResolvedStoreOptions } from './options.js';
import type { PostgresServer } from './postgres-server.js';
import { TaskLists } from './task-lists.js';
import { pruneTasks } from './task-pruner.js';
import { TaskReads } from './task-reads.js';
import { encodeText } from './text-code.js';

/** Rows that share the counting of one lane of tasks, so that processes do not wait for each other. */
const COUNT_SLOTS = 16;
/** A task that was there when it was to be created, and gone when it was looked for. */
const MAX_CREATE_TRIES = 5;
const CHECK_MS = 5_000;

/**
 * Task records in PostgreSQL, for any number of processes.
 * @throws RunyardError `store_unavailable` from every method when the server cannot take it or does not answer in time.
 */
export class PostgresTaskStore implements TaskStore {
  readonly #server: PostgresServer;
  readonly #lanes: ChangeLane[];
  readonly #slot: number;
  readonly #reads: TaskReads;
  readonly #lists: TaskLists;
  readonly #callbacks: CallbackOutbox;
  readonly #listener: ChangeListener;
  readonly #notifier: ChangeNotifier;
  readonly #onKept: (marks: readonly TaskMark[]) => void;
  #closed: Promise<void> | undefined;

  /** @param server with tables that are up to date; see `openPostgresTaskStore` */
  constructor(server: PostgresServer, { schema, lanes, logger }: ResolvedStoreOptions) {
    this.#server = server;
    this.#reads = new TaskReads(server);
    this.#lists = new TaskLists(server);
    this.#callbacks = new CallbackOutbox(server);
    const notices = { server, channel: `runyard ${schema}`, origin: randomUUID(), logger };
    this.#listener = new ChangeListener({ ...notices, schema, checkMs: CHECK_MS });
    this.#notifier = new ChangeNotifier(notices);
    this.#onKept = (marks) => {
      this.#listener.tell(marks);
      this.#notifier.tell(marks);
    };
    this.#slot = randomInt(COUNT_SLOTS);
    this.#lanes = Array.from({ length: lanes }, (_, index) => {
      const slot = (this.#slot + index) % COUNT_SLOTS;
      return new ChangeLane({ server, slot, onKept: this.#onKept });
    });
  }

  async create(id: string, task: NewTask, now: number): Promise<CreateResult> {
    const row = encodeNewTask(id, task, now);
    for (let tries = 0; tries < MAX_CREATE_TRIES; tries++) {
      if (await this.#change(createTasks, id, row, row.payload.length))
        return { task: row.task, created: true };
      const first = await this.#reads.getFirst(row.task);
      if (!first) continue;
      assertSameSubmission(first.task, first.payloadHash, task);
      return { task: first.task, created: false };
    }
    throw new RunyardError('internal', `Expected a task that has the id or idempotency key of ${id}.`);
  }

  createDead(id: string, task: NewTask, error: TaskError, now: number): Promise<boolean> {
    const row = encodeNewTask(id, task, now);
    return this.#change(createDeadTasks, id, { row, error }, row.payload.length);
  }

  get(id: string): Promise<Task | undefined> {
    return this.#reads.get(id);
  }

  getSummary(id: string): Promise<TaskSummary | undefined> {
    return this.#reads.getSummary(id);
  }

  list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage> {
    return this.#lists.list(filter, limit, after);
  }

  counts(): Promise<{ algorithm: string; state: TaskState; count: number }[]> {
    return this.#reads.counts();
  }

  oldestWaiting(now: number): Promise<{ algorithm: string; since: number }[]> {
    return this.#reads.oldestWaiting(now);
  }

  /** A server that crashes may forget it as long as the attempt has not ended: whoever runs it still has the message. */
  startAttempt(id: string, attempt: AttemptStart): Promise<Task | undefined> {
    return this.#change(startAttempts, id, { id, attempt });
  }

  endAttempt(id: string, end: AttemptEnd): Promise<boolean> {
    const bytes = end.outcome === 'succeeded' ? end.resultJson.length : 0;
    return this.#change(endAttempts, id, { id, end }, bytes);
  }

  async expire(id: string, error: TaskError, now: number): Promise<boolean> {
    const end = { id, state: DEAD, error, now, orRequest: false };
    return (await this.#change(endWaiting, id, end)) !== undefined;
  }

  async cancel(id: string, now: number): Promise<TaskState | undefined> {
    const end = { id, state: CANCELLED, error: CANCELLED_WAITING, now, orRequest: true };
    return (await this.#change(endWaiting, id, end)) ?? (await this.#reads.getSummary(id))?.state;
  }

  redrive(id: string, now: number, payload?: unknown): Promise<Task | undefined> {
    const text = payload === undefined ? undefined : JSON.stringify(payload);
    return this.#change(redriveTasks, id, { id, now, payload: text }, text?.length);
  }

  findExpired(
    query: { deadlineBefore: number } | { algorithm: string; createdBefore: number },
    limit: number,
  ): Promise<string[]> {
    return 'algorithm' in query
      ? this.#reads.findWaitingSince(query.algorithm, query.createdBefore, limit)
      : this.#reads.findPastDeadline(query.deadlineBefore, limit);
  }

  async appendEvents(id: string, events: readonly Omit<TaskEvent, 'seq'>[]): Promise<void> {
    if (events.length === 0) return;
    const encoded = events.map(encodeEvent);
    const bytes = encoded.reduce((sum, [, , , data]) => sum + data.length, 0);
    await this.#change(appendEvents, id, { id, events: encoded }, bytes);
  }

  readEvents(id: string, after: number, limit: number): Promise<TaskEvent[]> {
    return this.#reads.readEvents(id, after, limit);
  }

  watch(id: string, listener: (state?: TaskState) => void): () => void {
    return this.#listener.watch(id, listener);
  }

  claimCallbacks(now: number, limit: number, leaseMs: number): Promise<Callback[]> {
    return this.#callbacks.claim(now, limit, leaseMs);
  }

  settleCallback(taskId: string, next: { retryAt: number } | { done: true }): Promise<void> {
    return this.#callbacks.settle(taskId, next);
  }

  prune(endedBefore: number, limit: number): Promise<number> {
    return pruneTasks(this.#server, this.#slot, endedBefore, limit, this.#onKept);
  }

  /** Finishes the changes that were asked for, and takes no more. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#listener.close();
    await Promise.all(this.#lanes.map((lane) => lane.idle()));
    await this.#notifier.idle();
    await this.#server.close();
  }

  /** Changes of one task go through one lane, so that they keep their order. */
  #change<Input, Output, Row extends unknown[]>(
    kind: ChangeKind<Input, Output, Row>,
    id: string,
    input: Input,
    bytes = 0,
  ): Promise<Output> {
    const lane = this.#lanes[hash(id) % this.#lanes.length];
    if (this.#closed || !lane)
      return Promise.reject(new RunyardError('store_unavailable', 'The store is closed; nothing was kept.'));
    return lane.submit(kind, encodeText(id), input, bytes);
  }
}

function hash(id: string): number {
  let value = 0;
  for (let index = 0; index < id.length; index++) value = (value * 31 + id.charCodeAt(index)) | 0;
  return value >>> 0;
}
