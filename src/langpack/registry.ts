import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeError, RunyardError } from '../errors/index.js';
import { ARCHIVED, archivedProject } from './archive/index.js';
import { OWN_PIPE, ownPipe } from './classic/index.js';
import { createCommandLangpack } from './command/index.js';
import { javascriptLangpack } from './javascript/index.js';
import type { Langpack, Project, ProjectReader } from './langpack.js';
import { packageRoot } from './package-root.js';
import { pythonLangpack } from './python/index.js';
import { typescriptLangpack } from './typescript/index.js';

/** TypeScript comes before JavaScript: its adapter may have been compiled beside itself. */
const written: readonly Langpack[] = [typescriptLangpack, javascriptLangpack, pythonLangpack];

/** Every language that comes with the package: a folder each under langpacks/. */
export const langpacks: readonly Langpack[] = [
  ...written,
  ...readFolder(join(packageRoot, 'langpacks'), new Set(written.map(({ language }) => language))),
];

/**
 * The languages of the package, and those in further folders, each with one folder a language. One that is called like
 * a language of the package takes its place.
 * @throws RunyardError `langpack_invalid` for a folder that cannot be read
 */
export function loadLangpacks(folders: readonly string[]): readonly Langpack[] {
  const added = folders.flatMap((folder) => readFolder(resolve(folder), new Set()));
  const taken = new Set(added.map(({ language }) => language));
  return [...langpacks.filter(({ language }) => !taken.has(language)), ...added];
}

/** @throws RunyardError `project_unsupported` for a language there is no langpack for */
export function getLangpack(language: string, among: readonly Langpack[] = langpacks): Langpack {
  const langpack = among.find((one) => one.language === language);
  if (langpack) return langpack;
  const known = among.map((one) => one.language).join(', ');
  throw new RunyardError('project_unsupported', `There is no langpack for ${language}; there are ${known}`);
}

/** The langpack of a project's language; undefined for one that brings all it needs to be run. */
export function findLangpack({ language }: Project, folders: readonly string[]): Langpack | undefined {
  return [OWN_PIPE, ARCHIVED].includes(language) ? undefined : getLangpack(language, loadLangpacks(folders));
}

/** What sets up and describes a project: its langpack, or nothing but its own program. */
export function getReader({ kind, language }: Project, among?: readonly Langpack[]): ProjectReader {
  if (language === ARCHIVED) return archivedProject;
  return kind === 'classic' && language === OWN_PIPE ? ownPipe : getLangpack(language, among);
}

function readFolder(folder: string, left: ReadonlySet<string>): Langpack[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !left.has(entry.name))
      .map((entry) => createCommandLangpack(join(folder, entry.name)));
  } catch (cause) {
    if (cause instanceof RunyardError) throw cause;
    throw new RunyardError('langpack_invalid', `${folder} cannot be read: ${describeError(cause)}`, {
      cause,
    });
  }
}
