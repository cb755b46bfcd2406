import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { Langpack, Project } from '../langpack.js';
import { CLASSIC_CONFIG, readClassicConfig, type ClassicConfig } from './classic-config.js';
import { OWN_PIPE } from './own-pipe.js';

const PIPE = 'bin/pipe';

type Found = Pick<Project, 'kind' | 'language' | 'adapter'>;

/**
 * A folder with a program of its own for the pipe (`bin/pipe`), or with the source of an `apply` in a language there is a
 * langpack for; undefined when it is neither.
 * @throws RunyardError `project_unsupported`, `project_invalid` for a folder that says it is one and cannot be run
 */
export async function findClassicProject(
  dir: string,
  files: readonly string[],
  langpacks: readonly Langpack[],
): Promise<Found | undefined> {
  const pipe = join(dir, PIPE);
  const hasPipe = files.includes('bin') && existsSync(pipe);
  if (!hasPipe && !files.includes(CLASSIC_CONFIG)) return undefined;
  const config = await readClassicConfig(dir);
  if (!hasPipe) return findSource(dir, config, langpacks);
  await assertExecutable(pipe);
  return { kind: 'classic', language: OWN_PIPE, adapter: pipe };
}

async function assertExecutable(pipe: string): Promise<void> {
  await access(pipe, constants.X_OK).catch((cause: unknown) => {
    throw new RunyardError('project_unsupported', `${pipe} is not executable: chmod +x ${pipe}`, { cause });
  });
}

function findSource(dir: string, config: ClassicConfig, langpacks: readonly Langpack[]): Found {
  const candidates = langpacks.filter((langpack) => fits(langpack, config));
  const sources = candidates.flatMap(({ language, manifest }) =>
    [manifest.classic?.source ?? []]
      .flat()
      .map((source) => ({ language, source: source.replaceAll('__ALGO__', config.algoname) })),
  );
  const found = sources.find(({ source }) => existsSync(join(dir, source)));
  if (found) return { kind: 'classic', language: found.language, adapter: join(dir, found.source) };
  const known = langpacks.filter(({ manifest }) => manifest.classic).map(({ language }) => language);
  throw new RunyardError(
    'project_unsupported',
    sources.length === 0
      ? `${join(dir, CLASSIC_CONFIG)}: there is no langpack for the language ${config.language ?? ''}; there are ${known.join(', ')}, or bring an executable ${PIPE}`
      : `${dir} has ${CLASSIC_CONFIG}, but neither ${PIPE} nor ${sources.map(({ source }) => source).join(' nor ')}`,
  );
}

/** A configuration that names no language leaves it to the source that is there. */
function fits({ language, manifest }: Langpack, config: ClassicConfig): boolean {
  if (manifest.classic === undefined || config.language === undefined) return manifest.classic !== undefined;
  const said = config.language.toLowerCase();
  return [language, ...(manifest.classic.names ?? [])].includes(said);
}
