/** Runyard as a library: the yard, the client, and the types that cross its interfaces. */
export * from './client/index.js';
export { resolveSettings, type Settings } from './config/index.js';
export * from './errors/index.js';
export * from './protocol/index.js';
export { createYard, type Yard, type YardEvent, type YardOptions } from './yard/index.js';
