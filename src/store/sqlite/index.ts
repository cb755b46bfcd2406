/** Task records in a SQLite file, shared by the processes of one machine. */
export { SqliteTaskStore, type SqliteTaskStoreOptions } from './sqlite-task-store.js';
