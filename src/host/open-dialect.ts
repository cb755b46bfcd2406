import type { LaunchCommand, Project } from '../langpack/index.js';
import type { Logger } from '../telemetry/index.js';
import { openClassicDialect } from './classic/open-classic-dialect.js';
import type { Dialect } from './dialect.js';
import { openSandbox, type SandboxOptions } from './sandbox/index.js';
import { TypedDialect } from './typed/typed-dialect.js';

export interface DialectOptions {
  project: Project;
  /** What keeps the children from the rest of the machine. */
  sandbox: SandboxOptions | undefined;
  /** There is somebody to call other algorithms through. */
  takesCalls: boolean;
  logger: Logger;
}

/**
 * The version of the pipe protocol a project's children speak, within their sandbox.
 * @throws RunyardError when they cannot be served here, `sandbox_unavailable` among the reasons
 */
export async function openDialect(launch: LaunchCommand, options: DialectOptions): Promise<Dialect> {
  const { project, sandbox } = options;
  const dialect = launch.protocol === 1 ? await openClassicDialect(options) : new TypedDialect();
  return sandbox === undefined ? dialect : openSandbox(dialect, project, sandbox);
}
