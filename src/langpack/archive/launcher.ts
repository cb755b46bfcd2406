import { basename } from 'node:path';
import type { Langpack, PackedProject, Project } from '../langpack.js';

/** Where the langpack's own programs are in an archive. */
export const LANGPACK_FOLDER = '.runyard/langpack';

/**
 * The text of `bin/pipe`: a launch command with the absolute paths of this machine turned into places in the archive, and
 * its interpreter into a name to be found on the PATH.
 */
export function createLauncher(
  { launch, files }: PackedProject,
  project: Project,
  langpack: Langpack,
): string {
  const places = [{ from: project.dir, to: '' }, { from: langpack.dir, to: LANGPACK_FOLDER }, ...files];
  const relocate = (text: string): string => relocateWord(text, places);
  const isInside = places.some(({ from }) => launch.command.startsWith(`${from}/`));
  const command = isInside ? relocate(launch.command) : quote(basename(launch.command));
  const variables = Object.entries(launch.env).map(([name, value]) => `export ${name}=${relocate(value)}\n`);
  return `#!/bin/sh
# Serves this algorithm by the pipe. Made by \`runyard build\`.
here=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$here" || exit 1
${variables.join('')}exec ${[command, ...launch.args.map(relocate)].join(' ')}
`;
}

/** A word of the shell: places of this machine become places below `$here`, and all else is quoted. */
function relocateWord(text: string, places: PackedProject['files']): string {
  const [place] = places
    .filter(({ from }) => text === from || text.startsWith(`${from}/`))
    .sort((a, b) => b.from.length - a.from.length);
  if (place === undefined) return quote(text);
  const inside = [place.to, text.slice(place.from.length + 1)].filter((part) => part !== '').join('/');
  return inside === '' ? '"$here"' : `"$here"/${quote(inside)}`;
}

/** As one word of a shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'"'"'`)}'`;
}
