/** Records of tasks: the interface, and one folder per implementation. */
export * from './payload-hash.js';
export * from './task-store.js';
export * from './sqlite/index.js';
export * from './postgres/index.js';
