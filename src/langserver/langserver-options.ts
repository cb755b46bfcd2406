import type { ProjectHost } from '../host/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { IdleLines } from './printed.js';

export interface LangServerOptions {
  /** What runs the project. It stays the caller's until `DELETE`, which closes it. */
  host: ProjectHost;
  /** One algorithm under several names. */
  isClassic: boolean;
  /** What the host's processes print while nothing runs. */
  idleLines: IdleLines;
  /** Exit code of the process that ended last; undefined while none has. */
  lastExitCode: () => number | undefined;
  /** `REQUEST_COMPLETE`: answers at once, and posts each result there. */
  requestCompleteUrl?: string | undefined;
  bodyLimitBytes: number;
  logger: Logger;
  metrics: Metrics;
  /** Between two comments on a quiet stream. @default 10000 */
  keepAliveMs?: number;
}
