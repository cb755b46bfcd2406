import { sep } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import type { ProjectHost } from '../host/index.js';
import { findProjects, loadLangpacks, type Project } from '../langpack/index.js';
import { ProjectRunner, type ProjectRunnerOptions } from './project-runner.js';
import type { ProjectStatus, YardEvent } from './yard-event.js';

export interface ProjectRunnersOptions extends Omit<ProjectRunnerOptions, 'onProgress' | 'searchPort'> {
  /** Folders that are projects or hold some. */
  dirs: readonly string[];
  onEvent: (event: YardEvent) => void;
  /** Projects brought up at the same time. @default 4 */
  parallel?: number;
}

/** Every project below some folders, kept in step with the files: found, brought up, refreshed, taken down. */
export class ProjectRunners {
  readonly #options: ProjectRunnersOptions;
  readonly #running = new Map<string, ProjectRunner>();
  readonly #byRunnerId = new Map<string, ProjectHost>();
  /** Runners of vanished projects that finish their work. */
  readonly #ending = new Set<Promise<void>>();
  /** Folders whose project is broken, with the message last told, so that it is told once. */
  readonly #problems = new Map<string, string>();
  #work: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: ProjectRunnersOptions) {
    this.#options = options;
  }

  /** Starts new projects among these paths and ends vanished ones; the others stay as they are. */
  async found(paths: readonly string[]): Promise<void> {
    await this.#serial(() => this.#scan(paths));
  }

  /** Brings what these paths belong to up to date. */
  async changed(paths: readonly string[]): Promise<void> {
    await this.#serial(async () => {
      await this.#scan(paths);
      const touched = [...this.#running.values()].filter(({ project }) => isTouched(project.dir, paths));
      await this.#each(touched, (one) => this.#refresh(one));
    });
  }

  /** The processes of a runner in this house. */
  lookup(runnerId: string): ProjectHost | undefined {
    return this.#byRunnerId.get(runnerId);
  }

  statuses(): ProjectStatus[] {
    return [...this.#running.values()].map((one) => one.status()).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async drain(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#running.values()].map((one) => one.drain()));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#work;
    await Promise.all([...this.#running.values()].map((one) => one.close()));
    await Promise.allSettled(this.#ending);
    this.#running.clear();
    this.#byRunnerId.clear();
  }

  /** One change at a time: two scans would start a project twice. */
  async #serial(work: () => Promise<void>): Promise<void> {
    const next = this.#work.then(() => (this.#closed ? undefined : work()));
    // The failure belongs to the caller of this change, not to the next one.
    this.#work = next.catch(() => undefined);
    await next;
  }

  async #scan(paths: readonly string[]): Promise<void> {
    const { projects, problems } = await findProjects(
      [...this.#options.dirs],
      loadLangpacks(this.#options.settings.langpacks.dirs),
    );
    for (const { dir, error } of problems) this.#tell(dir, dir, error, false);
    const present = new Set(projects.map(({ adapter }) => adapter));
    const gone = [...this.#running.entries()].filter(([adapter]) => !present.has(adapter));
    for (const [adapter, one] of gone) this.#end(adapter, one);
    const missing = projects.filter(({ adapter }) => !this.#running.has(adapter));
    // A broken project is tried again when something in it changed, not at each change elsewhere.
    const worthwhile = missing.filter(({ dir }) => !this.#problems.has(dir) || isTouched(dir, paths));
    await this.#each(worthwhile, (project) => this.#start(project));
  }

  async #start(project: Project): Promise<void> {
    if (this.#closed) return;
    try {
      const one = await ProjectRunner.start(project, {
        ...this.#options,
        searchPort: true,
        onProgress: (line) => this.#options.onEvent({ type: 'progress', project: project.name, line }),
      });
      this.#running.set(project.adapter, one);
      this.#byRunnerId.set(one.runner.id, one.host);
      this.#problems.delete(project.dir);
      this.#options.onEvent({ type: 'ready', project: one.status() });
    } catch (error) {
      this.#tell(project.dir, project.name, error, false);
    }
  }

  async #refresh(one: ProjectRunner): Promise<void> {
    try {
      const updated = await one.refresh();
      const healed = this.#problems.delete(one.project.dir);
      if (updated || healed) this.#options.onEvent({ type: 'updated', project: one.status() });
    } catch (error) {
      this.#tell(one.project.dir, one.project.name, error, true);
    }
  }

  #end(adapter: string, one: ProjectRunner): void {
    this.#running.delete(adapter);
    const ending = one.drain().then(async () => {
      this.#byRunnerId.delete(one.runner.id);
      await one.close();
      this.#options.onEvent({ type: 'removed', name: one.project.name });
    });
    this.#ending.add(ending);
    void ending
      .catch((error: unknown) => this.#tell(one.project.dir, one.project.name, error, false))
      .finally(() => this.#ending.delete(ending));
  }

  #tell(dir: string, name: string, cause: unknown, kept: boolean): void {
    const error =
      cause instanceof RunyardError ? cause : new RunyardError('internal', describeError(cause), { cause });
    if (this.#problems.get(dir) === error.message) return;
    this.#problems.set(dir, error.message);
    this.#options.onEvent({ type: 'problem', name, error, kept });
  }

  async #each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const waiting = [...items];
    const workers = Array.from({ length: this.#options.parallel ?? 4 }, async () => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
    });
    await Promise.all(workers);
  }
}

function isTouched(dir: string, paths: readonly string[]): boolean {
  return paths.some((path) => path === dir || path.startsWith(dir + sep));
}
