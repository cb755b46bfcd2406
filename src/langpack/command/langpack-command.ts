import { join } from 'node:path';
import { describeError, RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';
import type { LangpackManifest } from '../manifest.js';
import { runChild, type ChildEnd } from '../run-child.js';

/** What every tool of a language may see of the machine: how to reach what it downloads from. */
const TOOL_ENVIRONMENT =
  /^(https?_proxy|no_proxy|all_proxy|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)$/i;

/** A langpack's folder and what it says of itself. */
export interface LangpackFolder {
  dir: string;
  manifest: LangpackManifest;
}

/** Variables by which a langpack's programs know what they are to work on. */
export interface CommandPlaces {
  langpack: LangpackFolder;
  project: Project;
  /** Folder for what is made of the project at its present content. */
  buildDir: string;
}

/**
 * A command of a manifest as program and arguments: a word that starts with `./` is a file of the langpack's folder,
 * and `{build}`, `{project}`, `{adapter}` and `{langpack}` stand for absolute paths. No shell sees it.
 */
export function resolveCommand(words: readonly string[], places: CommandPlaces): [string, ...string[]] {
  const { langpack, project, buildDir } = places;
  const values: Record<string, string> = {
    build: buildDir,
    project: project.dir,
    adapter: project.adapter,
    langpack: langpack.dir,
  };
  const [command = '', ...args] = words.map((word) =>
    word.startsWith('./')
      ? join(langpack.dir, word)
      : word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  );
  return [command, ...args];
}

/** What a langpack's programs are told by the environment. */
export function commandEnvironment({ langpack, project, buildDir }: CommandPlaces): Record<string, string> {
  return {
    RUNYARD_PROJECT: project.dir,
    RUNYARD_KIND: project.kind,
    RUNYARD_ADAPTER: project.adapter,
    RUNYARD_LANGPACK: langpack.dir,
    RUNYARD_BUILD: buildDir,
    RUNYARD_CACHE: join(project.dir, '.runyard', 'cache'),
  };
}

/** Runs a tool of the language to its end. @throws RunyardError `interpreter_missing` when it cannot be started */
export async function runCommand(
  words: readonly string[],
  places: CommandPlaces,
  context: DescribeContext,
  timeoutMs: number,
): Promise<ChildEnd> {
  const [command, ...args] = resolveCommand(words, places);
  const end = await runChild({
    command,
    args,
    cwd: places.project.dir,
    env: { ...toolEnvironment(places.langpack.manifest, context), ...commandEnvironment(places) },
    timeoutMs,
    signal: context.signal,
    onLine: (line) => context.onProgress?.(`${places.project.name}: ${line}`),
  });
  if (end.error === undefined) return end;
  const message = `${command} cannot be started for ${places.project.name}: ${describeError(end.error)}`;
  throw new RunyardError('interpreter_missing', message, { cause: end.error });
}

/** How a tool ended that should have ended well, with the tail of what it printed. */
export function describeEnd({ code, signal, timedOut, output }: ChildEnd, timeoutMs: number): string {
  const printed = output === '' ? '' : `; it printed:\n${output}`;
  if (timedOut) return `was not done within ${timeoutMs / 60_000} minutes${printed}`;
  return `${signal ? `was ended by ${signal}` : `ended with code ${code}`}${printed}`;
}

function toolEnvironment(
  { environment = [] }: LangpackManifest,
  { env, machineEnv = {} }: DescribeContext,
): Record<string, string> {
  const passed = Object.entries(machineEnv).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (environment.includes(entry[0]) || TOOL_ENVIRONMENT.test(entry[0])),
  );
  return { ...Object.fromEntries(passed), ...env };
}
