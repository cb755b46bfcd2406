import { resolve } from 'node:path';
import type { Settings } from '../config/index.js';
import { RunyardError } from '../errors/index.js';
import { findProjects, loadLangpacks, type Project } from '../langpack/index.js';

/** The project in a folder. @throws RunyardError `project_unsupported`, `project_invalid` when it holds none itself */
export async function findNamedProject(dir: string, settings: Settings): Promise<Project> {
  const wanted = resolve(dir);
  const { projects, problems } = await findProjects([wanted], loadLangpacks(settings.langpacks.dirs));
  const project = projects.find((one) => one.dir === wanted);
  if (project !== undefined) return project;
  const [problem] = problems;
  throw (
    problem?.error ?? new RunyardError('project_unsupported', `${dir} is no project itself: name one in it`)
  );
}
