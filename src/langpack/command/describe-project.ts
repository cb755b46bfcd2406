import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { Descriptor } from '../../protocol/index.js';
import { openBuildFolder } from '../build-folder.js';
import { CLASSIC_CONFIG, classicAlgorithms } from '../classic/index.js';
import type { DescribeContext, DescribedProject, Project } from '../langpack.js';
import { withSetupLock } from '../setup-lock.js';
import { writeAtomically } from '../write-atomically.js';
import { readDescription } from './description.js';
import {
  commandEnvironment,
  describeEnd,
  resolveCommand,
  runCommand,
  type CommandPlaces,
  type LangpackFolder,
} from './langpack-command.js';
import { hashFiles, listSources } from '../project-sources.js';

/** Describing may compile a project with all it depends on. */
const DESCRIBE_TIMEOUT_MS = 30 * 60_000;
/** Builds of other contents that are kept: their processes may still have to be started. */
const KEPT_BUILDS = 3;
/** What is no code and has a say all the same. */
const SETTINGS_FILES = ['runyard.yaml', CLASSIC_CONFIG];

/**
 * Describes a project by its langpack's `describe`, once for each content of its files: what it answered, and what it
 * built, is kept under `.runyard/build/<hash>`.
 */
export async function describeProject(
  langpack: LangpackFolder,
  project: Project,
  context: DescribeContext,
): Promise<DescribedProject> {
  const { manifest } = langpack;
  const { ignore, dependencies = [], commands } = manifest;
  if (commands === undefined) {
    throw new RunyardError('langpack_invalid', `The langpack of ${manifest.language} has no commands`);
  }
  const sources = manifest.sources && [...manifest.sources, ...dependencies, ...SETTINGS_FILES];
  const files = [...new Set([...(await listSources(project.dir, { sources, ignore })), project.adapter])];
  const own = await hashFiles(langpack.dir, await listSources(langpack.dir, {}));
  const fingerprint = await hashFiles(project.dir, files, own, project.kind);
  const buildDir = join(await openBuildFolder(project.dir), 'build', fingerprint);
  const places = { langpack, project, buildDir };
  const algorithms = (await readKept(buildDir)) ?? (await describeOnce(places, commands.describe, context));
  const [command, ...args] = resolveCommand(commands.pipe, places);
  return {
    project,
    algorithms,
    launch: {
      command,
      args,
      cwd: project.dir,
      env: commandEnvironment(places),
      ...(project.kind === 'classic' && { protocol: 1 as const }),
    },
    sources: files,
    fingerprint,
  };
}

async function describeOnce(
  places: CommandPlaces,
  words: readonly string[],
  context: DescribeContext,
): Promise<Descriptor[]> {
  const { project, buildDir } = places;
  let algorithms: Descriptor[] = [];
  await withSetupLock(project, context, async () => {
    algorithms = (await readKept(buildDir)) ?? (await describeAnew(places, words, context));
  });
  return algorithms;
}

async function describeAnew(
  places: CommandPlaces,
  words: readonly string[],
  context: DescribeContext,
): Promise<Descriptor[]> {
  const { langpack, project, buildDir } = places;
  // What is left of a description that was broken off is of no use.
  await rm(buildDir, { recursive: true, force: true });
  await mkdir(buildDir, { recursive: true });
  const end = await runCommand(words, places, context, DESCRIBE_TIMEOUT_MS);
  if (end.code !== 0) {
    const what = describeEnd(end, DESCRIBE_TIMEOUT_MS);
    const message = `${project.name} cannot be described: ${words.join(' ')} ${what}`;
    throw new RunyardError('project_invalid', message);
  }
  const algorithms =
    project.kind === 'classic'
      ? await classicAlgorithms(project.dir)
      : readDescription(langpack, project, end.answer);
  await writeAtomically(keptPath(buildDir), JSON.stringify(algorithms));
  await removeOldBuilds(join(buildDir, '..'));
  return algorithms;
}

/** Undefined when this content was not described before, or not to the end. */
async function readKept(buildDir: string): Promise<Descriptor[] | undefined> {
  const text = await readFile(keptPath(buildDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const now = new Date();
  // Only its age among the builds depends on it, and a folder that cannot be written to is never cleared.
  await utimes(buildDir, now, now).catch(() => {});
  return JSON.parse(text) as Descriptor[];
}

async function removeOldBuilds(folder: string): Promise<void> {
  const builds = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      return { path, usedAt: await stat(path).then(({ mtimeMs }) => mtimeMs) };
    }),
  );
  const old = builds.sort((a, b) => b.usedAt - a.usedAt).slice(1 + KEPT_BUILDS);
  for (const { path } of old) await rm(path, { recursive: true, force: true });
}

function keptPath(buildDir: string): string {
  return join(buildDir, 'algorithms.json');
}
