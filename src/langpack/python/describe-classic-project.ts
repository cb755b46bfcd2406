import { join } from 'node:path';
import { classicAlgorithms } from '../classic/index.js';
import type { DescribeContext, DescribedProject, Project } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { hashFiles, listSources } from '../project-sources.js';
import { readPipeFiles } from './pipe-files.js';
import { findExecutable } from './find-executable.js';
import { findEnvironment } from './virtual-environment.js';

const PIPE = join(langpackDir('python'), 'pipe.py');
const SOURCES = ['.py', '.json', '.conf', '.yaml', 'requirements.txt', 'pyproject.toml'];

/** A project with an `apply` is not imported to be described: it takes anything. */
export async function describeClassicProject(
  project: Project,
  context: DescribeContext,
): Promise<DescribedProject> {
  const { dir, adapter } = project;
  const command = await findExecutable(findEnvironment(project, context), project, context);
  const sources = await listSources(dir, { sources: SOURCES, ignore: ['venv', '__pycache__'] });
  const program = (await readPipeFiles()).map((part) => part.toString());
  return {
    project,
    algorithms: await classicAlgorithms(dir),
    launch: {
      command,
      args: [PIPE, '--classic', adapter],
      cwd: dir,
      env: { PYTHONDONTWRITEBYTECODE: '1' },
      protocol: 1,
    },
    sources,
    fingerprint: await hashFiles(dir, sources, command, ...program),
  };
}
