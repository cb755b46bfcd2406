import { RunyardError } from '../errors/index.js';
import type { DescribedProject, LaunchCommand } from '../langpack/index.js';
import type { AlgorithmLimits, LogLine } from '../protocol/index.js';
import { silentLogger, type Logger, type Tracer } from '../telemetry/index.js';
import type { Dialect } from './dialect.js';
import { Generation } from './generation.js';
import { openDialect } from './open-dialect.js';
import { PipeHost } from './pipe-host.js';
import { resolvePoolOptions } from './pool-options.js';
import type { SandboxOptions } from './sandbox/index.js';
import type { CallAlgorithm, PoolOptions, ProcessExit, ProjectHost } from './project-host.js';

export interface ProjectHostOptions {
  described: DescribedProject;
  /** @default defaultPoolOptions */
  pool?: Partial<PoolOptions>;
  /** All that children see of the environment, next to what the launch command adds. */
  env: Record<string, string>;
  /** What keeps its processes from the rest of the machine; nothing when absent. */
  sandbox?: SandboxOptions;
  /** Serves `ctx.call`; without it a call is an error in the child. */
  call?: CallAlgorithm;
  /** Limits by algorithm that win over those the author gave. */
  defaultLimits?: Record<string, AlgorithmLimits>;
  /** How many algorithms may call each other in a chain. @default 16 */
  callDepth?: number;
  /** @default silentLogger */
  logger?: Logger;
  tracer?: Tracer | undefined;
  /** Milliseconds since the epoch, for the time of log lines. @default Date.now */
  clock?: () => number;
  /** Told of each process that has gone. */
  onExit?: (exit: ProcessExit) => void;
  /** Gets what processes print while they work on nothing: at their start, and between two runs. */
  onIdleLine?: (line: LogLine) => void;
}

const DEFAULT_CALL_DEPTH = 16;

/**
 * Starts one process of a project and resolves with the host when it is ready, so that whatever is wrong with the
 * project's set-up shows at once.
 * @throws RunyardError `project_setup_failed`, `ready_timeout`, `interpreter_missing`, `invalid_config`, `sandbox_unavailable`
 */
export async function createProjectHost(options: ProjectHostOptions): Promise<ProjectHost> {
  const { described, env, call, defaultLimits = {}, callDepth = DEFAULT_CALL_DEPTH } = options;
  const logger = options.logger ?? silentLogger;
  const open = (launch: LaunchCommand): Promise<Dialect> =>
    openDialect(launch, {
      project: described.project,
      sandbox: options.sandbox,
      // Somebody who names an address of their own wants the children to call there.
      takesCalls: call !== undefined && env['ALGORITHMIA_API'] === undefined,
      logger,
    });
  const dialect = await open(described.launch);
  const host = new PipeHost(new Generation(described, defaultLimits, dialect), {
    pool: resolvePoolOptions(options.pool),
    openDialect: open,
    env,
    call,
    overrides: defaultLimits,
    callDepth,
    logger,
    tracer: options.tracer,
    clock: options.clock ?? Date.now,
    onExit: options.onExit ?? (() => undefined),
    onIdleLine: options.onIdleLine ?? (() => undefined),
  });
  try {
    await host.open();
  } catch (error) {
    await host.close();
    throw error instanceof RunyardError
      ? error
      : new RunyardError('internal', String(error), { cause: error });
  }
  return host;
}
