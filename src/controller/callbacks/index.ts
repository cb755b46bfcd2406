/** Tells callers that a task has ended, by signed POSTs that survive a restart. */
export type { CallbackOptions } from './callback-options.js';
export { CallbackWorker } from './callback-worker.js';
