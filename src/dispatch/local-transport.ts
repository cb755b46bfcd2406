import type { RunHooks, RunOutcome, RunRequest } from '../protocol/index.js';
import type { Metrics } from '../telemetry/index.js';
import { countRun } from './count-run.js';
import type { RunnerTransport } from './runner-transport.js';

/** The one thing of a project host that is needed here. */
export interface RunsHere {
  run(request: RunRequest, hooks?: RunHooks): Promise<RunOutcome>;
}

export interface LocalTransportOptions {
  /** The host behind a runner, when it lives in this process. */
  lookup: (runnerId: string) => RunsHere | undefined;
  /** For all other runners; closed with this one. */
  fallback: RunnerTransport;
  /** Counts the runs that do not pass a runner's server, which counts its own. */
  metrics?: Metrics;
}

/** Runs in this process what can run in it, and sends the rest on. */
export function createLocalTransport(options: LocalTransportOptions): RunnerTransport {
  const { lookup, fallback, metrics } = options;
  return {
    async run(runner, request, hooks) {
      const host = lookup(runner.id);
      if (!host) return fallback.run(runner, request, hooks);
      const outcome = await host.run(request, hooks);
      if (metrics) countRun(metrics, request.algorithm, outcome);
      return outcome;
    },
    close: () => fallback.close(),
  };
}
