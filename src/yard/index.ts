/** Puts the components together in one process. */
export * from './alone.js';
export * from './build-project.js';
export * from './langserver-alone.js';
export * from './test-project.js';
export * from './write-dockerfile.js';
export * from './yard-event.js';
export * from './yard.js';
