import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';

/** Names an interpreter for projects that bring none; set it with `env.set` in runyard.yaml. */
export const INTERPRETER_VARIABLE = 'RUNYARD_PYTHON';

/** Where a project keeps an environment of its own, by the customs of Python. */
const OWN_ENVIRONMENTS = ['.venv', 'venv'];

/** An interpreter of the project's own: that environment is used as it is, and nothing is installed into it. */
export function findOwnInterpreter({ dir }: Project): string | undefined {
  return OWN_ENVIRONMENTS.map((name) => join(dir, name, 'bin', 'python')).find((path) => existsSync(path));
}

/**
 * The interpreter of the machine: the one that is named, else `python3`, else `python`.
 * @throws RunyardError `interpreter_missing`
 */
export function findMachineInterpreter({ dir }: Project, { env }: DescribeContext): string {
  const named = env[INTERPRETER_VARIABLE];
  const wanted = named === undefined || named === '' ? ['python3', 'python'] : [named];
  for (const name of wanted) {
    const found = findProgram(name, dir, env['PATH'] ?? '');
    if (found !== undefined) return found;
  }
  const advice = named
    ? `${INTERPRETER_VARIABLE} names it: check the path, or remove it to use python3`
    : `install Python 3.8 or newer (Debian: apt install python3), make ${join(dir, '.venv')}, or name an interpreter with env.set.${INTERPRETER_VARIABLE} in runyard.yaml`;
  throw new RunyardError(
    'interpreter_missing',
    `There is no ${wanted.join(' and no ')} to run ${dir} with: ${advice}`,
  );
}

function findProgram(name: string, dir: string, path: string): string | undefined {
  if (name.includes('/')) {
    const full = isAbsolute(name) ? name : join(dir, name);
    return existsSync(full) ? full : undefined;
  }
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((full) => existsSync(full));
}

/** @throws RunyardError `interpreter_missing` that says which Python was found and which is needed */
export function refuseOldPython(project: Project, executable: string, version: string): never {
  throw new RunyardError(
    'interpreter_missing',
    `${project.name} needs Python 3.8 or newer, but ${executable} is Python ${version}: install a newer one, or name it with env.set.${INTERPRETER_VARIABLE} in runyard.yaml`,
  );
}
