import type { Langpack } from '../langpack.js';
import { readManifest } from '../manifest.js';
import { describeProject } from './describe-project.js';
import { setupProject } from './setup-project.js';

const { language, adapterNames } = readManifest('python');

/** Python 3.8 or newer; needs nothing but its standard library. */
export const pythonLangpack: Langpack = {
  language,
  adapterNames,
  setup: setupProject,
  describe: describeProject,
};
