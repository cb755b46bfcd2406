import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openBuildFolder } from '../build-folder.js';
import type { DescribeContext, DescribedProject, LaunchCommand, PackedProject } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { createJob } from './describe-project.js';
import { describer } from './describer.js';
import { installPackages, listDependencies } from './install-dependencies.js';
import { toProjectError } from './project-error.js';

/**
 * A bundle that depends on no place of this machine, and the packages it imports.
 * @throws RunyardError `project_setup_failed` with the tail of npm's output
 */
export async function packProject(
  described: DescribedProject,
  context: DescribeContext,
): Promise<PackedProject> {
  const scratch = await mkdtemp(join(tmpdir(), 'runyard-pack-'));
  const discard = (): Promise<void> => rm(scratch, { recursive: true, force: true });
  try {
    const launch = await packLaunch(described, context);
    const packages = await gatherPackages(described, scratch, context);
    const files = launch.args
      .filter((path) => !path.startsWith('-') && !path.startsWith(langpackDir('javascript')))
      .filter((path) => path !== described.project.adapter)
      .map((from) => ({ from, to: `.runyard/${basename(from)}` }));
    return { files: [...files, PIPE_PROGRAM, ...packages], launch, discard };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** TypeScript is run by the program of JavaScript. */
const PIPE_PROGRAM = { from: langpackDir('javascript'), to: '.runyard/langpack' };

async function packLaunch(
  { project, launch }: DescribedProject,
  context: DescribeContext,
): Promise<LaunchCommand> {
  if (project.kind === 'classic') return launch;
  const job = { ...createJob(project, await openBuildFolder(project.dir)), standalone: true };
  const answer = await describer.describe(job, context.env, context.signal);
  if (!answer.ok) throw toProjectError(project, answer.problems);
  const [sourceMaps = '', pipe = '', , told = ''] = launch.args;
  return { ...launch, args: [sourceMaps, pipe, join(job.buildDir, answer.description.bundle), told] };
}

/** The project's own are packed with its files; what lies in a folder above is installed anew beside it. */
async function gatherPackages(
  { project }: DescribedProject,
  scratch: string,
  context: DescribeContext,
): Promise<PackedProject['files']> {
  const dependencies = await listDependencies(project.dir);
  const own = (name: string): boolean => existsSync(join(project.dir, 'node_modules', name));
  if (dependencies.every(own)) return [];
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    const path = join(project.dir, name);
    if (existsSync(path)) await copyFile(path, join(scratch, name));
  }
  context.onProgress?.(`${project.name}: npm install for the archive`);
  await installPackages(scratch, ['--omit=dev'], context);
  return [{ from: join(scratch, 'node_modules'), to: 'node_modules' }];
}
