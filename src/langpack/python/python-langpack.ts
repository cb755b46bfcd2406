import type { Langpack } from '../langpack.js';
import { langpackDir, readManifest } from '../manifest.js';
import { describeProject } from './describe-project.js';
import { setupProject } from './setup-project.js';

const dir = langpackDir('python');

/** Python 3.8 or newer; needs nothing but its standard library. */
export const pythonLangpack: Langpack = {
  language: 'python',
  dir,
  manifest: readManifest(dir),
  setup: setupProject,
  describe: describeProject,
};
