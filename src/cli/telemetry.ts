import type { Settings } from '../config/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import type { CliContext } from './context.js';

/**
 * Logs, metrics and, where somebody wants them, traces of a serving command. Logs go to standard error, for people when
 * that is a terminal. Whoever gets the tracer closes it.
 */
export async function openTelemetry(
  context: CliContext,
  settings: Settings,
  component: string,
): Promise<{ logger: Logger; metrics: Metrics; tracer: Tracer | undefined }> {
  const { collectProcessMetrics, createLogger, createMetrics, openTracer } =
    await import('../telemetry/index.js');
  const { stderr, version } = context;
  const logger = createLogger({
    level: settings.log.level,
    pretty: stderr.isTTY === true,
    destination: stderr,
  });
  const metrics = createMetrics();
  collectProcessMetrics(metrics);
  const { url, serviceName = `runyard-${component}` } = settings.tracing;
  const tracer =
    url === undefined ? undefined : await openTracer({ url, serviceName, serviceVersion: version, logger });
  return { logger, metrics, tracer };
}
