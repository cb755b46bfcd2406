import type { Langpack } from '../langpack.js';
import { langpackDir, readManifest } from '../manifest.js';
import { describeClassicProject } from './describe-classic-project.js';
import { describeProject } from './describe-project.js';
import { packProject } from './pack-project.js';
import { setupProject } from './setup-project.js';

const dir = langpackDir('python');

/** Python 3.8 or newer; needs nothing but its standard library. */
export const pythonLangpack: Langpack = {
  language: 'python',
  dir,
  manifest: readManifest(dir),
  pack: packProject,
  setup: setupProject,
  describe: (project, context) =>
    project.kind === 'classic' ? describeClassicProject(project, context) : describeProject(project, context),
};
