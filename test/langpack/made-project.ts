import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { RunyardError } from '../../src/errors/index.js';
import { findProjects, getLangpack, type DescribedProject, type Project } from '../../src/langpack/index.js';
import type { Descriptor } from '../../src/protocol/index.js';

/** The environment that children of a test see. */
export const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };

const made: string[] = [];

/** An empty folder that is gone after the tests of the file. */
export function makeFolder(): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'runyard-project-')));
  made.push(dir);
  return dir;
}

afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true });
});

/** Writes files, by path relative to the folder. */
export function writeFiles(dir: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
}

/** A project of the given files; a text alone is its `runner_adapter.ts`. */
export async function makeProject(files: string | Record<string, string>): Promise<Project> {
  const dir = makeFolder();
  writeFiles(dir, typeof files === 'string' ? { 'runner_adapter.ts': files } : files);
  const { projects, problems } = await findProjects([dir]);
  if (problems[0]) throw problems[0].error;
  const [project] = projects;
  if (!project) throw new Error('No project was found');
  return project;
}

export async function describeProject(project: Project): Promise<DescribedProject> {
  return getLangpack(project.language).describe(project, { env });
}

/** The descriptors of a made project, by name. */
export async function describeFiles(
  files: string | Record<string, string>,
): Promise<Record<string, Descriptor>> {
  const { algorithms } = await describeProject(await makeProject(files));
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm.name, algorithm]));
}

/** The error of a project that cannot be described. */
export async function describeRefused(files: string | Record<string, string>): Promise<RunyardError> {
  return describeProject(await makeProject(files)).then(
    () => {
      throw new Error('The project was described, but should have been refused');
    },
    (error: RunyardError) => error,
  );
}

/** The schema of one argument. */
export function argument(descriptor: Descriptor | undefined, name: string): unknown {
  return (descriptor?.input as { properties: Record<string, unknown> }).properties[name];
}
