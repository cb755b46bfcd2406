/** Chooses a runner for each run: the directory of runners, the balancer, breakers, and the transports. */
export * from './runner-transport.js';
