/** Logs, metrics and traces of a process. */
export * from './logger.js';
export * from './metrics.js';
export * from './open-tracer.js';
export * from './trace-run.js';
export * from './tracer.js';
