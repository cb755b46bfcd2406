import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/index.js';
import {
  findLibrary,
  readLibrary,
  renderIgnoreFile,
  renderProjectImage,
  writeLibraryImage,
} from '../images/index.js';
import { findLangpack, packageRoot } from '../langpack/index.js';
import { findNamedProject } from './named-project.js';

export interface WriteDockerfileOptions {
  /** The project; with libraries the folder that docker build is given. */
  dir: string;
  /** Absolute path of the Dockerfile. */
  output: string;
  /** Folders, or names of the package's own libraries; none for the Dockerfile of a project. */
  libraries: readonly string[];
  template?: string;
  uid: number;
  settings: Settings;
  /** What relative library folders are relative to. */
  cwd: string;
}

/** Writes a Dockerfile and returns its text. @throws RunyardError `invalid_config` naming file and key; `project_unsupported` */
export async function writeDockerfile(options: WriteDockerfileOptions): Promise<string> {
  const { dir, output, settings, cwd } = options;
  if (options.libraries.length > 0) {
    const own = join(packageRoot, 'libraries');
    const libraries = await Promise.all(
      options.libraries.map((name) => readLibrary(findLibrary(name, cwd, own))),
    );
    return writeLibraryImage({ ...options, libraries, context: dir });
  }
  const project = await findNamedProject(dir, settings);
  const langpack = findLangpack(project, settings.langpacks.dirs);
  const text = renderProjectImage(project, langpack);
  await writeFile(output, text);
  await writeFile(`${output}.dockerignore`, renderIgnoreFile(langpack));
  return text;
}
