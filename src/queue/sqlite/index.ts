/** The queue in a SQLite file, shared by the processes of one machine. */
export { SqliteTaskQueue, type SqliteTaskQueueOptions } from './sqlite-task-queue.js';
