/** Task records in PostgreSQL, shared by any number of processes on any number of hosts. */
export { openPostgresTaskStore } from './open-postgres-task-store.js';
export type { PostgresTaskStoreOptions } from './options.js';
export type { PostgresTaskStore } from './postgres-task-store.js';
