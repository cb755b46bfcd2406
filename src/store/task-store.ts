import type { Attempt, NewTask, Task, TaskError, TaskEvent, TaskState } from '../protocol/index.js';

export interface TaskFilter {
  algorithm?: string;
  state?: TaskState;
  /** Only tasks whose error has this class. */
  errorClass?: TaskError['class'];
  /** Only tasks of this API key. */
  owner?: string;
}

export interface TaskPage {
  tasks: TaskSummary[];
  /** Pass it back to get the next page; absent on the last. */
  next?: string;
}

/** A task without its payload, result and attempts: what lists show. */
export type TaskSummary = Omit<Task, 'payload' | 'resultJson' | 'attempts'>;

/** What a controller says of an attempt when it takes the task up. */
export interface AttemptStart {
  token: string;
  startedAt: number;
  /** Times the queue saw a consumer vanish with this task. */
  lostDeliveries: number;
  /** The message was never held before, so an open attempt is somebody else's. See `Delivery`. @default false */
  fresh?: boolean;
}

/** How an attempt ended. Only the holder of its token can say so. */
export type AttemptEnd = {
  token: string;
  runner?: string;
  endedAt: number;
  durationMs?: number;
  logs?: Attempt['logs'];
} & (
  | { outcome: 'succeeded'; resultJson: string }
  /** Final: no further try. */
  | { outcome: 'dead' | 'cancelled'; error: TaskError }
  /** Another try follows; counts against maxAttempts, or as lost when the error `isLost`. */
  | { outcome: 'retry'; error: TaskError; availableAt: number }
  /** Nobody took it: the attempt is forgotten and burns nothing. */
  | { outcome: 'released'; availableAt: number }
);

/** A signed POST that is owed to somebody. */
export interface Callback {
  taskId: string;
  url: string;
  tries: number;
}

export type CreateResult = { task: Task; created: boolean };

/**
 * Records of tasks, durable. Every implementation passes test/store/contract.ts.
 * A change resolves when it would survive a power cut, but for the start of an attempt where the records are in the process's
 * own file: that one survives the end of the process, and lost with the power it leaves the task waiting, as it was.
 * States change only in the ways protocol/task.ts tells.
 */
export interface TaskStore {
  /**
   * Keeps a new task in `waiting`. With a known idempotency key (per owner) it gives the first task back and `created` is false.
   * @throws RunyardError `idempotency_conflict` when that task has another algorithm or payload.
   */
  create(id: string, task: NewTask, now: number): Promise<CreateResult>;
  /** Keeps a new task in `dead`, as one change: it was never to be run. False when its id or idempotency key is known. */
  createDead(id: string, task: NewTask, error: TaskError, now: number): Promise<boolean>;
  get(id: string): Promise<Task | undefined>;
  /** Costs the same however large payload and result are. */
  getSummary(id: string): Promise<TaskSummary | undefined>;
  /** Newest first. @param limit 1 to 1000 */
  list(filter: TaskFilter, limit: number, after?: string): Promise<TaskPage>;
  /** How many tasks are in each state, by algorithm. */
  counts(): Promise<{ algorithm: string; state: TaskState; count: number }[]>;

  /**
   * Since when the first waiting task of each algorithm has been due, in order of arrival; left out where none is due.
   * Costs by the number of algorithms: of tasks that wait for a later time it looks behind no more than the first thousand.
   */
  oldestWaiting(now: number): Promise<{ algorithm: string; since: number }[]>;

  /**
   * `waiting` → `running` under a new token; an unsettled attempt of a vanished controller is closed with `attempt_lost` first,
   * and with it the task when somebody wanted it cancelled; but not for a `fresh` message, which leaves it alone.
   * Undefined when the task is final or gone, or runs under another message: then there is nothing to do but acknowledge.
   */
  startAttempt(id: string, attempt: AttemptStart): Promise<Task | undefined>;
  /** Settles an attempt. False when the token is no longer the task's current one: the outcome is dropped. */
  endAttempt(id: string, end: AttemptEnd): Promise<boolean>;
  /** `waiting` → `dead` without an attempt (deadline passed, nobody offers it). False when it is not waiting. */
  expire(id: string, error: TaskError, now: number): Promise<boolean>;
  /**
   * `waiting` → `cancelled`; in `running` the wish is noted, for the controller to see.
   * Gives the state after it; undefined when there is no such task.
   */
  cancel(id: string, now: number): Promise<TaskState | undefined>;
  /** `dead` or `cancelled` → `waiting` with counters reset and attempts kept; optionally with another payload. Undefined when it is in another state. */
  redrive(id: string, now: number, payload?: unknown): Promise<Task | undefined>;
  /** Waiting tasks whose deadline has passed and that were never started, or of this algorithm and created (and due) before a moment. At most `limit` ids. */
  findExpired(
    query: { deadlineBefore: number } | { algorithm: string; createdBefore: number },
    limit: number,
  ): Promise<string[]>;

  appendEvents(id: string, events: readonly Omit<TaskEvent, 'seq'>[]): Promise<void>;
  /** Events with `seq` greater than `after`, in order, at most `limit`. */
  readEvents(id: string, after: number, limit: number): Promise<TaskEvent[]>;
  /**
   * Calls back when this task's record or events may have changed, here or in another process. Returns the way to stop.
   * The listener gets the state the task has come into, where that is known; it saves reading the record for states nobody waits for.
   */
  watch(id: string, listener: (state?: TaskState) => void): () => void;

  /** Callbacks that are due; each is hidden from other callers for `leaseMs`. */
  claimCallbacks(now: number, limit: number, leaseMs: number): Promise<Callback[]>;
  /** Done with (delivered or given up), or to be tried again at a moment. */
  settleCallback(taskId: string, next: { retryAt: number } | { done: true }): Promise<void>;

  /** Deletes final tasks that ended before a moment, with their events; at most `limit`. Gives how many. */
  prune(endedBefore: number, limit: number): Promise<number>;
  close(): Promise<void>;
}
