import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { nearestName, readSettingsFile, resolveProjectSettings } from '../config/index.js';
import { describeError, RunyardError } from '../errors/index.js';
import { ARCHIVE_MANIFEST, findArchivedProject } from './archive/index.js';
import { findClassicProject } from './classic/index.js';
import type { Langpack, Project } from './langpack.js';
import { langpacks as builtIn } from './registry.js';

export interface ProjectProblem {
  /** Absolute path of the folder it is about. */
  dir: string;
  error: RunyardError;
}

export interface FoundProjects {
  projects: Project[];
  problems: ProjectProblem[];
}

type Langpacks = readonly Langpack[];

/**
 * Finds the projects in folders: a folder with an adapter file is one, or with `algorithmia.conf` or `bin/pipe`;
 * otherwise its child folders are looked at.
 * `node_modules` and folders whose name starts with a dot are left out. A folder that cannot be used is a problem, never
 * an exception: the others are found all the same.
 */
export async function findProjects(dirs: string[], langpacks: Langpacks = builtIn): Promise<FoundProjects> {
  const folders = [...new Set(dirs.map((dir) => resolve(dir)))];
  const found = await Promise.all(folders.map((dir) => findInNamedFolder(dir, langpacks)));
  const projects = new Map(found.flatMap((one) => one.projects).map((project) => [project.dir, project]));
  const problems = new Map(found.flatMap((one) => one.problems).map((problem) => [problem.dir, problem]));
  return { projects: [...projects.values()], problems: [...problems.values()] };
}

async function findInNamedFolder(dir: string, langpacks: Langpacks): Promise<FoundProjects> {
  try {
    const files = await readdir(dir);
    const own = await findInFolder(dir, files, langpacks);
    if (own) return { projects: [own], problems: [] };
    const children = await findInChildren(dir, files, langpacks);
    if (children.projects.length + children.problems.length > 0) return children;
    return { projects: [], problems: [{ dir, error: nothingFound(dir, files, langpacks) }] };
  } catch (error) {
    return { projects: [], problems: [{ dir, error: toProblem(dir, error) }] };
  }
}

async function findInChildren(dir: string, names: string[], langpacks: Langpacks): Promise<FoundProjects> {
  const found: FoundProjects = { projects: [], problems: [] };
  for (const name of names.sort()) {
    const child = join(dir, name);
    if (name.startsWith('.') || name === 'node_modules' || !(await isFolder(child))) continue;
    try {
      const project = await findInFolder(child, await readdir(child), langpacks);
      if (project) found.projects.push(project);
    } catch (error) {
      found.problems.push({ dir: child, error: toProblem(child, error) });
    }
  }
  return found;
}

/** A link that leads nowhere, and a folder that vanished meanwhile, are no folders. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function findInFolder(
  dir: string,
  files: string[],
  langpacks: Langpacks,
): Promise<Project | undefined> {
  if (files.includes(ARCHIVE_MANIFEST)) return { dir, ...(await findArchivedProject(dir)) };
  const adapter = chooseAdapter(dir, files, langpacks);
  const classic = adapter ? undefined : await findClassicProject(dir, files, langpacks);
  if (!adapter && !classic) return undefined;
  const settings = resolveProjectSettings(await readSettingsFile(join(dir, 'runyard.yaml'), false));
  const name = settings.name ?? basename(dir);
  if (classic) return { ...classic, dir, name };
  return (
    adapter && { kind: 'adapter', dir, name, language: adapter.language, adapter: join(dir, adapter.name) }
  );
}

/** The adapter file of a folder. TypeScript wins over the JavaScript it was compiled to; other mixtures are refused. */
function chooseAdapter(
  dir: string,
  files: string[],
  langpacks: Langpacks,
): { language: string; name: string } | undefined {
  const claims = langpacks.flatMap((langpack) => claimed(langpack, files));
  const [first, second] = claims.filter((one) => !(one.language === 'javascript' && hasTypeScript(claims)));
  if (!first || !second) return first;
  throw new RunyardError(
    'project_unsupported',
    `${dir} holds ${first.name} and ${second.name}: a project has one adapter; move one into a folder of its own`,
  );
}

function claimed(langpack: Langpack, files: string[]): { language: string; name: string }[] {
  const name = langpack.manifest.adapterNames.find((one) => files.includes(one));
  return name === undefined ? [] : [{ language: langpack.language, name }];
}

function hasTypeScript(claims: { language: string }[]): boolean {
  return claims.some((one) => one.language === 'typescript');
}

function nothingFound(dir: string, files: string[], langpacks: Langpacks): RunyardError {
  const known = langpacks.flatMap(({ manifest }) => manifest.adapterNames);
  const [near] = files.flatMap((file) => nearAdapter(file, known));
  const hint = near ?? `add ${known.slice(0, -1).join(', ')} or ${known.at(-1) ?? ''}`;
  return new RunyardError(
    'project_unsupported',
    `${dir} holds no adapter file, and no folder in it does: ${hint}`,
  );
}

function nearAdapter(file: string, known: readonly string[]): string[] {
  const near = /^runn?er|adapt[eo]r/i.test(file) ? nearestName(file, known) : undefined;
  return near === undefined ? [] : [`was ${file} meant to be ${near}?`];
}

function toProblem(dir: string, error: unknown): RunyardError {
  if (error instanceof RunyardError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const said =
    code === 'ENOENT'
      ? 'does not exist'
      : code === 'ENOTDIR'
        ? 'is no folder'
        : `cannot be read: ${describeError(error)}`;
  return new RunyardError('project_unsupported', `${dir} ${said}`, { cause: error });
}
