/** Runs a project's algorithms in pools of child processes. */
export * from './project-host.js';
