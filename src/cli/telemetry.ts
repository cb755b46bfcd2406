import type { Settings } from '../config/index.js';
import type { Logger, Metrics } from '../telemetry/index.js';
import type { CliContext } from './context.js';

/** Logs and metrics of a serving command: the logs go to standard error, for people when that is a terminal. */
export async function openTelemetry(
  context: CliContext,
  settings: Settings,
): Promise<{ logger: Logger; metrics: Metrics }> {
  const { collectProcessMetrics, createLogger, createMetrics } = await import('../telemetry/index.js');
  const { stderr } = context;
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  return {
    logger: createLogger({ level: settings.log.level, pretty: stderr.isTTY === true, destination: stderr }),
    metrics,
  };
}
