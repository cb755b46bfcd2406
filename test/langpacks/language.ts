import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createProjectHost, type CallAlgorithm, type ProjectHost } from '../../src/host/index.js';
import { findProjects, getLangpack, type DescribedProject } from '../../src/langpack/index.js';
import type { RunOutcome } from '../../src/protocol/index.js';

export const FIXTURES = fileURLToPath(new URL('fixtures', import.meta.url));

/** How many algorithms may call each other in a chain, in these tests. */
export const CALL_DEPTH = 3;

/** The environment the children see. */
const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

/** What a language cannot express, by algorithm, each with the reason, as its manifest says it. */
export function readExceptions(language: string): Record<string, string> {
  return getLangpack(language).manifest.cannot ?? {};
}

/** A language's fixture in a folder of its own, described and running. */
export class RunningFixture {
  readonly described: DescribedProject;
  readonly host: ProjectHost;
  #count = 0;

  private constructor(described: DescribedProject, host: ProjectHost) {
    this.described = described;
    this.host = host;
  }

  static async start(language: string): Promise<RunningFixture> {
    const dir = realpathSync(mkdtempSync(join(tmpdir(), `runyard-${language}-`)));
    cpSync(join(FIXTURES, language), dir, {
      recursive: true,
      filter: (path) => !/\.runyard|__pycache__/.test(path),
    });
    const { projects, problems } = await findProjects([dir]);
    const [project] = projects;
    if (!project) throw problems[0]?.error ?? new Error(`${dir} holds no project`);
    const langpack = getLangpack(language);
    await langpack.setup(project, { env, machineEnv: process.env });
    return RunningFixture.open(await langpack.describe(project, { env, machineEnv: process.env }));
  }

  /** Further processes of a project that is described already. */
  static async open(described: DescribedProject): Promise<RunningFixture> {
    const call: CallAlgorithm = ({ algorithm, args, depth, signal }) =>
      fixture.host.run({ id: fixture.nextId(), algorithm, args, depth }, { signal });
    const pool = { maxProcesses: 4 };
    const host = await createProjectHost({ described, env, call, callDepth: CALL_DEPTH, pool });
    const fixture = new RunningFixture(described, host);
    return fixture;
  }

  nextId(): string {
    return `run-${(this.#count += 1)}`;
  }

  async run(algorithm: string, args: Record<string, unknown>): Promise<RunOutcome> {
    return this.host.run({ id: this.nextId(), algorithm, args });
  }

  async stop(): Promise<void> {
    await this.host.close();
    rmSync(this.described.project.dir, { recursive: true, force: true });
  }
}
