/** The way programs speak to a gateway: the same methods in Node and in a browser. */
export * from './client.js';
export { type FollowOptions, type TaskFollowEvent } from './follow-task.js';
export { type RunOptions } from './run-algorithm.js';
