/** An HTTP server in front of one project's processes, registered with discovery. */
export { createRunner, type Runner, type RunnerOptions } from './runner.js';
export { type RunnerHealth } from './runner-health.js';
