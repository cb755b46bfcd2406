import type { TaskError } from '../protocol/index.js';

const expired = (message: string): TaskError => ({ class: 'expired', code: 'expired', message });

/** Why a task ends that nobody started. */
export const describeExpiry = {
  deadline: (): TaskError => expired('The task was not started before its deadline.'),
  unroutable: (algorithm: string, unroutableAfterMs: number): TaskError =>
    expired(`Nobody has offered the algorithm "${algorithm}" for ${unroutableAfterMs} ms.`),
};
