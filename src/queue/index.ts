/** Durable lanes of task references: the interface, and one folder per implementation. */
export * from './task-queue.js';
export * from './rabbitmq/index.js';
export * from './sqlite/index.js';
