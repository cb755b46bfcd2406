import type { DescribeContext, Project } from '../langpack.js';
import { readDependencies, type Dependencies } from './dependencies.js';
import { findMachineInterpreter, findOwnInterpreter } from './interpreter.js';
import { withSetupLock } from '../setup-lock.js';
import { install, isInstalled } from './virtual-environment.js';

/** One installation at a time for each project of this process. */
const underWay = new Map<string, Promise<void>>();

/**
 * Installs a project's dependencies into .runyard/venv when they are missing or have changed. A project with an
 * environment of its own, or without dependencies, needs nothing.
 * @throws RunyardError `project_setup_failed` with the tail of the output; `interpreter_missing`
 */
export async function setupProject(project: Project, context: DescribeContext): Promise<void> {
  if (findOwnInterpreter(project) !== undefined) return;
  const dependencies = await readDependencies(project.dir);
  if (dependencies === undefined) return;
  const interpreter = findMachineInterpreter(project, context);
  if (await isInstalled(project, dependencies, interpreter)) return;
  const running = underWay.get(project.dir) ?? installLocked(project, dependencies, interpreter, context);
  underWay.set(project.dir, running);
  try {
    await running;
  } finally {
    underWay.delete(project.dir);
  }
}

/** Another process may be at it: it is waited for, and what it did is not done again. */
async function installLocked(
  project: Project,
  dependencies: Dependencies,
  interpreter: string,
  context: DescribeContext,
): Promise<void> {
  await withSetupLock(project, context, async () => {
    if (!(await isInstalled(project, dependencies, interpreter))) {
      await install(project, dependencies, interpreter, context);
    }
  });
}
