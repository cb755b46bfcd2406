import type {
  Attempt,
  AttemptView,
  LogLine,
  LogLineView,
  Task,
  TaskEvent,
  TaskSummaryView,
  TaskView,
} from '../protocol/index.js';
import type { TaskSummary } from '../store/index.js';

/** A task as lists and the answer to a submission show it. Takes a whole task as well. */
export function viewTaskSummary(task: TaskSummary | Task): TaskSummaryView {
  const {
    payload: _,
    resultJson: __,
    attempts: ___,
    depth: ____,
    traceparent: _____,
    ...shown
  } = task as Task;
  const { createdAt, updatedAt, startedAt, endedAt, runAt, deadline, ...rest } = shown;
  return {
    ...rest,
    createdAt: formatTime(createdAt),
    updatedAt: formatTime(updatedAt),
    ...(startedAt !== undefined && { startedAt: formatTime(startedAt) }),
    ...(endedAt !== undefined && { endedAt: formatTime(endedAt) }),
    ...(runAt !== undefined && { runAt: formatTime(runAt) }),
    ...(deadline !== undefined && { deadline: formatTime(deadline) }),
  };
}

/** A whole task as JSON text; its result goes in as the text it is. */
export function formatTask(task: Task): string {
  const view: TaskView = {
    ...viewTaskSummary(task),
    payload: task.payload,
    attempts: task.attempts.map(viewAttempt),
  };
  const text = JSON.stringify(view);
  return task.resultJson === undefined ? text : `${text.slice(0, -1)},"result":${task.resultJson}}`;
}

/** Body of one event of a task's story, as JSON text. */
export function formatTaskEvent({ data, attempt, time }: TaskEvent): string {
  return JSON.stringify({ ...(data as object), attempt, time: formatTime(time) });
}

export function viewLogLine(line: LogLine): LogLineView {
  return { ...line, time: formatTime(line.time) };
}

export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

function viewAttempt({ token: _, startedAt, endedAt, durationMs, logs, ...rest }: Attempt): AttemptView {
  return {
    ...rest,
    ...(durationMs !== undefined && { durationMs: Math.round(durationMs * 1000) / 1000 }),
    startedAt: formatTime(startedAt),
    ...(endedAt !== undefined && { endedAt: formatTime(endedAt) }),
    ...(logs && { logs: logs.map(viewLogLine) }),
  };
}
