import type { Task } from '../../protocol/index.js';

const toText = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

/**
 * What a callback says of an ended task, as JSON text: the gateway's own words, without the payload.
 * The result goes in as the algorithm wrote it, unparsed; one over `maxResultBytes` is left out, and `resultOmitted` says so. Stacks stay at home.
 */
export function renderCallbackBody(task: Task, maxResultBytes: number): string {
  const { resultJson } = task;
  const isOmitted = resultJson !== undefined && Buffer.byteLength(resultJson) > maxResultBytes;
  const { stacktrace: _stacktrace, ...error } = task.error ?? {};
  const head = JSON.stringify({
    id: task.id,
    algorithm: task.algorithm,
    state: task.state,
    ...(task.error && { error }),
    attemptCount: task.attemptCount,
    createdAt: toText(task.createdAt),
    startedAt: toText(task.startedAt),
    endedAt: toText(task.endedAt),
    ...(isOmitted && { resultOmitted: true }),
  });
  if (resultJson === undefined || isOmitted) return head;
  return `${head.slice(0, -1)},"result":${resultJson}}`;
}

/** The same for every try of one end of a task, so that a receiver can tell a repetition; another one after a redrive. */
export function getCallbackId(task: Task): string {
  return `${task.id}-${task.endedAt ?? task.updatedAt}`;
}
