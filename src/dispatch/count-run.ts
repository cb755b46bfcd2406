import type { RunOutcome } from '../protocol/index.js';
import type { Metrics } from '../telemetry/index.js';

/** Counts a run that ended on a runner. */
export function countRun(metrics: Metrics, algorithm: string, outcome: RunOutcome): void {
  metrics.runs.inc({ algorithm, outcome: outcome.ok ? 'ok' : outcome.error.class });
  metrics.runSeconds.observe({ algorithm }, outcome.durationMs / 1000);
}
