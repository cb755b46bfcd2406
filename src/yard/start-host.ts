import { join } from 'node:path';
import {
  childEnvironment,
  readSettingsFile,
  resolveProjectSettings,
  type ProjectSettings,
  type Settings,
} from '../config/index.js';
import {
  createProjectHost,
  type CallAlgorithm,
  type PoolOptions,
  type ProcessExit,
  type ProjectHost,
  type SandboxOptions,
} from '../host/index.js';
import {
  getReader,
  loadLangpacks,
  type DescribeContext,
  type DescribedProject,
  type Project,
} from '../langpack/index.js';
import type { LogLine } from '../protocol/index.js';
import type { Logger, Tracer } from '../telemetry/index.js';
import { resolveSandbox } from './sandbox-options.js';

export interface StartHostOptions {
  settings: Settings;
  /** The yard's own environment; children see the allowed part of it. */
  env: Readonly<Record<string, string | undefined>>;
  call: CallAlgorithm;
  logger: Logger;
  tracer?: Tracer | undefined;
  onProgress?: (line: string) => void;
  /** Wins over what settings say of the pool. */
  pool?: Partial<PoolOptions>;
  onExit?: (exit: ProcessExit) => void;
  onIdleLine?: (line: LogLine) => void;
}

type PrepareOptions = Pick<StartHostOptions, 'settings' | 'env' | 'onProgress'>;

/** Sets a project up, describes it and starts its processes. @throws RunyardError when one of these fails */
export async function startHost(
  project: Project,
  options: StartHostOptions,
): Promise<{ described: DescribedProject; host: ProjectHost }> {
  const settings = await projectSettings(project, options.settings);
  const { described } = await describe(project, settings, options);
  const host = await createProjectHost({
    described,
    pool: { ...poolOptions(options.settings, settings), ...options.pool },
    sandbox: settings.sandbox,
    env: environment(options, settings),
    call: options.call,
    callDepth: options.settings.limits.callDepth,
    defaultLimits: { ...settings.algorithms, ...options.settings.algorithms },
    logger: options.logger.child({ project: project.name }),
    tracer: options.tracer,
    ...(options.onExit && { onExit: options.onExit }),
    ...(options.onIdleLine && { onIdleLine: options.onIdleLine }),
  });
  return { described, host };
}

/** Describes a project as its files are now. @throws RunyardError `project_invalid`, `project_setup_failed` */
export async function describeProject(project: Project, options: PrepareOptions): Promise<DescribedProject> {
  return (await prepareProject(project, options)).described;
}

/** Sets a project up and describes it as its files are now; also gives what it was done with. */
export async function prepareProject(
  project: Project,
  options: PrepareOptions,
): Promise<{ described: DescribedProject; context: DescribeContext }> {
  return describe(project, await projectSettings(project, options.settings), options);
}

type OwnSettings = Omit<ProjectSettings, 'sandbox'>;
type ResolvedProjectSettings = OwnSettings & { sandbox: SandboxOptions };

async function projectSettings(project: Project, settings: Settings): Promise<ResolvedProjectSettings> {
  const own = resolveProjectSettings(await readSettingsFile(join(project.dir, 'runyard.yaml'), false));
  const given = settings.projects[project.name] ?? {};
  return {
    ...own,
    ...given,
    pool: { ...own.pool, ...given.pool },
    env: {
      pass: [...(own.env?.pass ?? []), ...(given.env?.pass ?? [])],
      set: { ...own.env?.set, ...given.env?.set },
    },
    algorithms: { ...own.algorithms, ...given.algorithms },
    sandbox: resolveSandbox(settings.sandbox, own.sandbox, given.sandbox),
  };
}

function environment(options: PrepareOptions, settings: OwnSettings): Record<string, string> {
  return childEnvironment(options.env, options.settings.env, settings.env ?? {});
}

async function describe(
  project: Project,
  settings: OwnSettings,
  options: PrepareOptions,
): Promise<{ described: DescribedProject; context: DescribeContext }> {
  const { dirs, install } = options.settings.langpacks;
  const reader = getReader(project, loadLangpacks(dirs));
  const context = {
    env: environment(options, settings),
    machineEnv: options.env,
    installToolchains: install,
    ...(options.onProgress && { onProgress: options.onProgress }),
  };
  await reader.setup(project, context);
  return { described: await reader.describe(project, context), context };
}

/** Settings say 0 for "by the machine": those are left to the host's own defaults. */
function poolOptions(settings: Settings, project: OwnSettings): Partial<PoolOptions> {
  const { maxProcesses, ...rest } = { ...settings.pool, ...project.pool };
  return maxProcesses === 0 ? rest : { ...rest, maxProcesses };
}
