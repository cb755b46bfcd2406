/** Chooses a runner for each run: the directory of runners, the balancer, breakers, and the transports. */
export type { BreakerOptions } from './circuit-breaker.js';
export { countRun } from './count-run.js';
export { createDispatcher, type DispatcherOptions } from './dispatcher.js';
export { createHttpTransport, type HttpTransportOptions } from './http-transport.js';
export { createLocalTransport, type LocalTransportOptions, type RunsHere } from './local-transport.js';
export * from './runner-transport.js';
