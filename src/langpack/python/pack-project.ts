import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescribeContext, DescribedProject, PackedProject } from '../langpack.js';
import { readDependencies } from './dependencies.js';
import { findEnvironment, installInto } from './virtual-environment.js';

/** Environments name places of this machine: the packages go into a plain folder instead. */
export async function packProject(
  { project, launch }: DescribedProject,
  context: DescribeContext,
): Promise<PackedProject> {
  const packages = await mkdtemp(join(tmpdir(), 'runyard-pack-'));
  const discard = (): Promise<void> => rm(packages, { recursive: true, force: true });
  const dependencies = await readDependencies(project.dir);
  try {
    if (dependencies)
      await installInto(packages, project, dependencies, findEnvironment(project, context), context);
  } catch (error) {
    await discard();
    throw error;
  }
  return {
    files: [{ from: packages, to: '.runyard/packages' }],
    launch: { ...launch, command: 'python3', env: { ...launch.env, PYTHONPATH: packages } },
    leaveOut: ['.venv', 'venv'],
    discard,
  };
}
