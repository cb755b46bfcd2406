import type {
  AlgorithmView,
  HealthView,
  JsonSchema,
  QueueView,
  SubmitRequest,
  TaskPageView,
  TaskQueryView,
  TaskSummaryView,
  TaskView,
} from '../protocol/index.js';
import { TaskFollower, type FollowOptions } from './follow-task.js';
import { HttpCaller, type HttpCallerOptions } from './http-caller.js';
import { formatAlgorithmPath, runAlgorithm, type RunOptions } from './run-algorithm.js';

/** Where a gateway is and how to speak to it. */
export type ClientOptions = HttpCallerOptions;

/** What may be said of a task beside its algorithm and payload. Times are ISO 8601 text or milliseconds since the epoch. */
export type SubmitOptions = Omit<SubmitRequest, 'algorithm' | 'payload'> & { signal?: AbortSignal };

/** Which tasks to list; `limit` is the page size (1 to 1000). */
export type TaskListQuery = TaskQueryView & { limit?: number; signal?: AbortSignal };

/**
 * A gateway, from a program. Every method rejects with a RunyardError only: the problem the gateway tells of,
 * `gateway_unreachable` when none answers, `cancelled` when the caller's own signal ended the call.
 */
export interface RunyardClient {
  /** Runs an algorithm now and gives its result. */
  run(algorithm: string, args: unknown, options?: RunOptions): Promise<unknown>;
  /** Hands a task in; it is durable when this resolves. */
  submit(algorithm: string, payload: unknown, options?: SubmitOptions): Promise<TaskSummaryView>;
  /** @throws RunyardError `task_not_found` */
  task(id: string): Promise<TaskView>;
  /** Tasks, newest first, page by page as they are asked for. */
  tasks(query?: TaskListQuery): AsyncIterable<TaskSummaryView>;
  /** Resolves when the task has ended, whatever its end: look at `state`. */
  wait(id: string, options?: FollowOptions): Promise<TaskView>;
  /** The task after it: still `running` when its run has been asked to stop but has not ended yet. */
  cancel(id: string): Promise<TaskSummaryView>;
  /** Sends a dead or cancelled task on its way again, with another payload when one is given. */
  redrive(id: string, payload?: unknown): Promise<TaskView>;
  /** Redrives every task the query fits (`dead` ones unless it says otherwise) and gives how many. */
  redriveAll(query?: TaskQueryView): Promise<number>;
  algorithms(): Promise<AlgorithmView[]>;
  /** @throws RunyardError `unknown_algorithm` */
  algorithm(name: string): Promise<AlgorithmView>;
  schemas(): Promise<Record<string, JsonSchema>>;
  queues(): Promise<QueueView[]>;
  /** The gateway's health, also when it is not well. */
  health(): Promise<HealthView>;
}

/** @throws RunyardError `invalid_config` when `url` is no http(s) address. */
export function createClient(options: ClientOptions): RunyardClient {
  const caller = new HttpCaller(options);
  const taskPath = (id: string, rest = ''): string => `/tasks/${encodeURIComponent(id)}${rest}`;
  return {
    run: (algorithm, args, runOptions = {}) => runAlgorithm(caller, algorithm, args, runOptions),
    submit: (algorithm, payload, { signal, ...rest } = {}) =>
      caller.json('POST', '/tasks', { body: { algorithm, payload, ...rest }, signal }),
    task: (id) => caller.json('GET', taskPath(id)),
    tasks: (query = {}) => listTasks(caller, query),
    wait: (id, followOptions = {}) => new TaskFollower(caller, id, followOptions).wait(),
    cancel: (id) => caller.json('POST', taskPath(id, '/cancel')),
    redrive: (id, payload) =>
      caller.json('POST', taskPath(id, '/redrive'), payload === undefined ? {} : { body: { payload } }),
    redriveAll: async (query = {}) =>
      (await caller.json<{ redriven: number }>('POST', '/tasks/redrive', { body: query })).redriven,
    algorithms: () => caller.json('GET', '/algorithms'),
    algorithm: (name) => caller.json('GET', `/algorithms/${formatAlgorithmPath(name)}`),
    schemas: () => caller.json('GET', '/schemas'),
    queues: () => caller.json('GET', '/queues'),
    health: async () => caller.read(await caller.sendAny('GET', '/health')),
  };
}

async function* listTasks(
  caller: HttpCaller,
  { signal, ...query }: TaskListQuery,
): AsyncGenerator<TaskSummaryView> {
  let after: string | undefined;
  do {
    const page = await caller.json<TaskPageView>('GET', '/tasks', { query: { ...query, after }, signal });
    yield* page.tasks;
    after = page.next;
  } while (after !== undefined);
}
