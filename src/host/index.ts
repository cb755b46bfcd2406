/** Runs a project's algorithms in pools of child processes. */
export * from './create-project-host.js';
export { defaultPoolOptions, resolvePoolOptions } from './pool-options.js';
export * from './project-host.js';
export type { SandboxLevel, SandboxOptions } from './sandbox/index.js';
