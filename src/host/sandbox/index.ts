/** What keeps a project's processes from the rest of the machine. */
export type { SandboxLevel, SandboxOptions } from './sandbox-options.js';
export { openSandbox } from './sandboxed-dialect.js';
