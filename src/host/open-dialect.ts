import type { LaunchCommand } from '../langpack/index.js';
import type { Logger } from '../telemetry/index.js';
import { openClassicDialect } from './classic/open-classic-dialect.js';
import type { Dialect } from './dialect.js';
import { TypedDialect } from './typed/typed-dialect.js';

/** The version of the pipe protocol a project's children speak. @throws RunyardError when they cannot be served here */
export async function openDialect(launch: LaunchCommand, logger: Logger): Promise<Dialect> {
  return launch.protocol === 1 ? openClassicDialect(logger) : new TypedDialect();
}
