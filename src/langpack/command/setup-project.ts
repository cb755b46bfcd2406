import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';
import { withSetupLock } from '../setup-lock.js';
import { writeAtomically } from '../write-atomically.js';
import { describeEnd, runCommand, type LangpackFolder } from './langpack-command.js';
import { hashFiles } from '../project-sources.js';
import { ensureToolchain } from './toolchain.js';

const SETUP_TIMEOUT_MS = 30 * 60_000;

/**
 * Installs the language where it is missing, and the project's dependencies when they changed since they were
 * installed last. @throws RunyardError `interpreter_missing`, `project_setup_failed` with the tail of the output
 */
export async function setupProject(
  langpack: LangpackFolder,
  project: Project,
  context: DescribeContext,
): Promise<void> {
  await ensureToolchain(langpack, context);
  const { commands, dependencies = [] } = langpack.manifest;
  const setup = commands?.setup;
  if (setup === undefined) return;
  const paths = dependencies.map((name) => join(project.dir, name));
  const wanted = await hashFiles(project.dir, paths, langpack.dir, project.kind);
  if (await isDone(project, wanted)) return;
  await withSetupLock(project, context, async () => {
    if (await isDone(project, wanted)) return;
    await mkdir(join(project.dir, '.runyard', 'cache'), { recursive: true });
    const places = { langpack, project, buildDir: join(project.dir, '.runyard', 'build') };
    const end = await runCommand(setup, places, context, SETUP_TIMEOUT_MS);
    if (end.code !== 0) {
      throw new RunyardError(
        'project_setup_failed',
        `The dependencies of ${project.name} could not be installed: ${setup.join(' ')} ${describeEnd(end, SETUP_TIMEOUT_MS)}`,
      );
    }
    // A tool may write its lock file, which is one of the files looked at.
    await writeAtomically(stampOf(project), await hashFiles(project.dir, paths, langpack.dir, project.kind));
  });
}

async function isDone(project: Project, wanted: string): Promise<boolean> {
  return (await readFile(stampOf(project), 'utf8').catch(() => '')) === wanted;
}

function stampOf({ dir }: Project): string {
  return join(dir, '.runyard', 'setup.stamp');
}
