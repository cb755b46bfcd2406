import type { FailureClass } from '../errors/catalogue.js';
import type { Descriptor } from './descriptor.js';
import type { LogLine } from './run.js';
import type { Attempt, NewTask, Task, TaskState } from './task.js';

/** Body of `POST /tasks`: a new task with its times as ISO 8601 text or milliseconds since the epoch. */
export type SubmitRequest = Omit<NewTask, 'runAt' | 'deadline' | 'owner' | 'depth' | 'traceparent'> & {
  runAt?: string | number;
  deadline?: string | number;
};

/** A line of an algorithm's output as the gateway shows it. */
export type LogLineView = Omit<LogLine, 'time'> & { time: string };

/** One try as the gateway shows it: times are ISO 8601 text, and its token is nobody's business. */
export type AttemptView = Omit<Attempt, 'token' | 'startedAt' | 'endedAt' | 'logs'> & {
  startedAt: string;
  endedAt?: string;
  logs?: LogLineView[];
};

type TaskTime = 'createdAt' | 'updatedAt' | 'startedAt' | 'endedAt' | 'runAt' | 'deadline';
type TaskInside = 'payload' | 'resultJson' | 'attempts' | 'depth' | 'traceparent';

/** A task in a list: times are ISO 8601 text. */
export type TaskSummaryView = Omit<Task, TaskTime | TaskInside> & {
  createdAt: string;
  updatedAt: string;
  startedAt?: string;
  endedAt?: string;
  runAt?: string;
  deadline?: string;
};

/** A task whole, as `GET /tasks/{id}` gives it. */
export type TaskView = TaskSummaryView & {
  payload: unknown;
  attempts: AttemptView[];
  /** Only in `succeeded`. */
  result?: unknown;
};

export interface TaskPageView {
  /** Newest first. */
  tasks: TaskSummaryView[];
  /** Pass it as `after` to get the next page; absent on the last. */
  next?: string;
}

/** Body of `POST /tasks/redrive`, and with `limit` and `after` the query of `GET /tasks`. */
export interface TaskQueryView {
  algorithm?: string;
  state?: TaskState;
  class?: FailureClass;
}

/** A runner as the gateway shows it beside an algorithm. */
export interface RunnerView {
  id: string;
  host: string;
  kind: string;
  healthy: boolean;
  draining?: boolean;
  /** Runs of this algorithm it takes at the same time. */
  capacity: number;
  load: number;
  version?: string;
  labels?: Record<string, string>;
}

/** An entry of `GET /algorithms`. */
export type AlgorithmView = Descriptor & { runners: RunnerView[] };

/** An entry of `GET /queues`. */
export interface QueueView {
  algorithm: string;
  ready: number;
  /** Absent where the queue cannot tell. */
  delayed?: number;
  claimed: number;
  /** Arrival of the oldest ready task. */
  oldestAt?: string;
}

/** Answer of `GET /health`. */
export interface HealthView {
  status: 'ok' | 'unavailable';
  version: string;
  /** Each part the gateway cannot serve without: `ok`, or what is wrong with it. */
  checks: Record<string, string>;
  /** Left out for callers without a key where keys are needed. */
  runners?: (Omit<RunnerView, 'capacity'> & { capacity: number; algorithms: string[] })[];
  [more: string]: unknown;
}

/** Header that carries RunRequest.depth between processes. */
export const DEPTH_HEADER = 'x-call-depth';
