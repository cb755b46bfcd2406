import type { Settings } from '../config/index.js';
import type { RunnerRegistry } from '../discovery/index.js';
import { RunyardError } from '../errors/index.js';
import type { CallAlgorithm, ProjectHost } from '../host/index.js';
import type { DescribedProject, Project } from '../langpack/index.js';
import { createRunner, type Runner } from '../runner/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import { describeProject, startHost } from './start-host.js';
import type { ProjectStatus } from './yard-event.js';

export interface ProjectRunnerOptions {
  settings: Settings;
  /** The yard's own environment; children see the allowed part of it. */
  env: Readonly<Record<string, string | undefined>>;
  call: CallAlgorithm;
  /** Discoveries to register with, or the registry itself when it lives in this process. */
  discoveries: readonly string[];
  registry?: RunnerRegistry;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  version: string;
  /** Address others reach the runner at, when it differs from where it listens. */
  address?: string;
  /** Host name others reach the runner by, when it differs from where it listens. */
  advertisedHost?: string;
  /** Take the next port when `settings.runner.port` is in use. */
  searchPort: boolean;
  onProgress?: (line: string) => void;
}

const PORTS_TRIED = 500;

/** One project brought up: set up, described, in processes, behind HTTP, registered. */
export class ProjectRunner {
  readonly project: Project;
  readonly host: ProjectHost;
  readonly runner: Runner;
  readonly #options: ProjectRunnerOptions;
  #fingerprint: string;

  private constructor(
    described: DescribedProject,
    host: ProjectHost,
    runner: Runner,
    options: ProjectRunnerOptions,
  ) {
    this.project = described.project;
    this.host = host;
    this.runner = runner;
    this.#fingerprint = described.fingerprint;
    this.#options = options;
  }

  /** @throws RunyardError when it cannot be set up, described, started or bound to a port */
  static async start(project: Project, options: ProjectRunnerOptions): Promise<ProjectRunner> {
    const { described, host } = await startHost(project, options);
    try {
      return new ProjectRunner(described, host, await listen(project, host, options), options);
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  status(): ProjectStatus {
    const { name, dir, language } = this.project;
    return { name, dir, language, address: this.runner.address, algorithms: this.host.algorithms };
  }

  /** Puts the files' present content live. False when nothing has changed. @throws RunyardError and keeps the running version */
  async refresh(): Promise<boolean> {
    const described = await describeProject(this.project, this.#options);
    if (described.fingerprint === this.#fingerprint) return false;
    await this.host.replace(described);
    this.#fingerprint = described.fingerprint;
    return true;
  }

  async drain(): Promise<void> {
    await this.runner.drain();
  }

  async close(): Promise<void> {
    await this.runner.close();
    await this.host.close();
  }
}

async function listen(project: Project, host: ProjectHost, options: ProjectRunnerOptions): Promise<Runner> {
  const { settings, searchPort } = options;
  const first = settings.runner.port;
  const last = searchPort && first !== 0 ? Math.min(first + PORTS_TRIED, 65_535) : first;
  for (let port = first; ; port++) {
    try {
      return await createRunner({
        name: project.name,
        host,
        listen: { host: settings.runner.host, port },
        discoveries: [...options.discoveries],
        bodyLimitBytes: settings.runner.bodyLimitBytes,
        logger: options.logger.child({ project: project.name }),
        metrics: options.metrics,
        tracer: options.tracer,
        version: options.version,
        ...(options.registry && { registry: options.registry }),
        ...(options.address !== undefined && { address: options.address }),
        ...(options.advertisedHost !== undefined && { advertisedHost: options.advertisedHost }),
      });
    } catch (error) {
      const taken = error instanceof RunyardError && error.code === 'port_in_use';
      if (!taken || port >= last) throw error;
    }
  }
}
