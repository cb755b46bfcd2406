/** Logs and metrics of a process. */
export * from './logger.js';
export * from './metrics.js';
