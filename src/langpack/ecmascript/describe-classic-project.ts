import { join } from 'node:path';
import { classicAlgorithms } from '../classic/index.js';
import { openBuildFolder } from '../build-folder.js';
import type { DescribedProject, Project } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { hashFiles, listSources } from '../project-sources.js';
import { bundleClassicSource } from './bundle-classic-source.js';

const PIPE = join(langpackDir('javascript'), 'classic.mjs');
const SOURCES = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '.conf', '.yaml'];

/** A project with an `apply` takes anything. JavaScript runs as it is; TypeScript is bundled first. */
export async function describeClassicProject(project: Project): Promise<DescribedProject> {
  const { dir, adapter, language } = project;
  const sources = await listSources(dir, { sources: SOURCES });
  const module =
    language === 'typescript' ? await bundleClassicSource(project, await openBuildFolder(dir)) : adapter;
  return {
    project,
    algorithms: await classicAlgorithms(dir),
    launch: {
      command: process.execPath,
      args: ['--enable-source-maps', PIPE, module],
      cwd: dir,
      // What `require` finds when the project does not bring it.
      env: { NODE_PATH: join(langpackDir('javascript'), 'modules') },
      protocol: 1,
    },
    sources,
    fingerprint: await hashFiles(dir, sources, await hashFiles(join(PIPE, '..'), [PIPE])),
  };
}
