import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { DescribeContext, DescribedProject, PackedProject } from '../langpack.js';
import { describeEnd, runCommand, type LangpackFolder } from './langpack-command.js';

const PACK_TIMEOUT_MS = 30 * 60_000;

/**
 * What `describe` built, and what the langpack's `pack` command puts into the folder that RUNYARD_OUTPUT names.
 * @throws RunyardError `project_setup_failed` with the tail of the output
 */
export async function packProject(
  langpack: LangpackFolder,
  { project, launch }: DescribedProject,
  context: DescribeContext,
): Promise<PackedProject> {
  const buildDir = launch.env['RUNYARD_BUILD'] ?? '';
  const output = await mkdtemp(join(tmpdir(), 'runyard-pack-'));
  const packed: PackedProject = {
    files: [
      { from: buildDir, to: relative(project.dir, buildDir) },
      { from: output, to: '' },
    ],
    launch,
    discard: () => rm(output, { recursive: true, force: true }),
  };
  const words = langpack.manifest.commands?.pack;
  if (words === undefined) return packed;
  const env = { ...context.env, RUNYARD_OUTPUT: output };
  const end = await runCommand(words, { langpack, project, buildDir }, { ...context, env }, PACK_TIMEOUT_MS);
  if (end.code === 0) return packed;
  await packed.discard();
  throw new RunyardError(
    'project_setup_failed',
    `${project.name} cannot be packed: ${words.join(' ')} ${describeEnd(end, PACK_TIMEOUT_MS)}`,
  );
}
