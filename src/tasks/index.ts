/** Accepts tasks, and everything that clients do with them afterwards. */
export { BacklogMetrics } from './backlog-metrics.js';
export type { FollowOptions, TaskStoryItem } from './follow-task.js';
export type { RedriveProgress } from './redrive-tasks.js';
export { createTaskIds } from './task-ids.js';
export * from './task-service.js';
export type { TaskServiceOptions } from './task-service-options.js';
export type { WaitOptions } from './wait-task.js';
