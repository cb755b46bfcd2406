/** What crosses a wire: types and constants, no input or output. */
export * from './descriptor.js';
export * from './discovery.js';
export * from './http.js';
export * from './pipe.js';
export * from './problem.js';
export * from './run.js';
export * from './task.js';
export * from './traceparent.js';
