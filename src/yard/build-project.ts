import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import { archiveProject, findLangpack, type Archive } from '../langpack/index.js';
import { findNamedProject } from './named-project.js';
import { prepareProject } from './start-host.js';

export interface BuildProjectOptions {
  dir: string;
  /** Path of the archive. @default algorithm.zip in the project */
  output?: string;
  settings: Settings;
  env: Readonly<Record<string, string | undefined>>;
  onProgress?: (line: string) => void;
}

/**
 * Sets a project up, describes it and puts it into one archive that runs wherever its language is.
 * @throws RunyardError when one of these fails
 */
export async function buildProject(options: BuildProjectOptions): Promise<Archive> {
  const project = await findNamedProject(options.dir, options.settings);
  const { described, context } = await prepareProject(project, options);
  const output = options.output ?? join(project.dir, 'algorithm.zip');
  return archiveProject(described, findLangpack(project, options.settings.langpacks.dirs), output, context);
}
