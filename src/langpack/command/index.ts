/** Languages whose langpack is a manifest and programs: nothing of them is known in here. */
import type { Langpack } from '../langpack.js';
import { readManifest } from '../manifest.js';
import { describeProject } from './describe-project.js';
import { packProject } from './pack-project.js';
import { setupProject } from './setup-project.js';

/** The langpack in a folder. @throws RunyardError `langpack_invalid` naming file and key */
export function createCommandLangpack(dir: string): Langpack {
  const manifest = readManifest(dir);
  const folder = { dir, manifest };
  return {
    ...folder,
    language: manifest.language,
    setup: (project, context) => setupProject(folder, project, context),
    describe: (project, context) => describeProject(folder, project, context),
    pack: (described, context) => packProject(folder, described, context),
  };
}
