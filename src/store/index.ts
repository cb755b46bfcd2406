/** Records of tasks: the interface, and one folder per implementation. */
export * from './task-store.js';
