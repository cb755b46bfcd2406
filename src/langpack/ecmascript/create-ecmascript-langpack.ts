import type { Langpack } from '../langpack.js';
import { langpackDir, readManifest } from '../manifest.js';
import { describeClassicProject } from './describe-classic-project.js';
import { describeProject } from './describe-project.js';
import { packProject } from './pack-project.js';
import { installDependencies } from './install-dependencies.js';

/** A langpack for one of the two languages that the compiler reads. */
export function createEcmascriptLangpack(language: 'typescript' | 'javascript'): Langpack {
  const dir = langpackDir(language);
  return {
    language,
    dir,
    manifest: readManifest(dir),
    pack: packProject,
    setup: installDependencies,
    describe: (project, context) =>
      project.kind === 'classic' ? describeClassicProject(project) : describeProject(project, context),
  };
}
