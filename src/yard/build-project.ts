import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import { archiveProject, findLangpack, type Archive } from '../langpack/index.js';
import { findNamedProject } from './named-project.js';
import { prepareProject } from './start-host.js';

export interface BuildProjectOptions {
  dir: string;
  /** Path of the archive. @default algorithm.zip in the project */
  output?: string;
  /** Write a folder instead of a zip. @default false */
  unpacked?: boolean;
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
  const { unpacked = false, settings } = options;
  const path = options.output ?? join(project.dir, unpacked ? 'algorithm' : 'algorithm.zip');
  const langpack = findLangpack(project, settings.langpacks.dirs);
  return archiveProject(described, langpack, { path, unpacked }, context);
}
