import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import { checkAlgorithmLimits } from '../algorithm-limits.js';
import type { DescribeContext, DescribedProject, Project } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { toProjectError, type AdapterProblem } from '../adapter-problem.js';
import type { PythonDescription } from './description.js';
import { toImportError } from './import-error.js';
import { refuseOldPython } from './interpreter.js';
import { readPipeFiles } from './pipe-files.js';
import { runChild, type ChildEnd } from '../run-child.js';
import { findEnvironment } from './virtual-environment.js';

/** Importing an adapter may load large libraries, but it serves nothing. */
const DESCRIBE_TIMEOUT_MS = 60_000;
const PIPE = join(langpackDir('python'), 'pipe.py');

/** Files beside the adapter that have a say, whether they are there or not. */
const MANIFESTS = ['requirements.txt', 'pyproject.toml', 'runyard.yaml'];

/** Imports the adapter in a child of its own, and asks it for the algorithms. Nothing of them is run. */
export async function describeProject(project: Project, context: DescribeContext): Promise<DescribedProject> {
  const command = findEnvironment(project, context);
  const end = await runChild({
    command,
    args: [PIPE, '--describe'],
    cwd: project.dir,
    env: { ...context.env, PYTHONDONTWRITEBYTECODE: '1' },
    timeoutMs: DESCRIBE_TIMEOUT_MS,
    signal: context.signal,
  });
  return toDescribed(project, readDescription(project, command, end));
}

function readDescription(project: Project, command: string, end: ChildEnd): PythonDescription {
  if (end.error) {
    const message = `${command} cannot be started: ${end.error.message}`;
    throw new RunyardError('interpreter_missing', message, { cause: end.error });
  }
  if (end.timedOut) {
    throw explain(
      project,
      end,
      `importing it took longer than ${DESCRIBE_TIMEOUT_MS / 1000} s; do slow work in setup()`,
    );
  }
  try {
    return JSON.parse(end.answer) as PythonDescription;
  } catch (cause) {
    const how = end.signal ? `was ended by ${end.signal}` : `ended with code ${end.code}`;
    throw explain(project, end, `${command} ${how} while it imported the adapter`, cause);
  }
}

function explain(project: Project, { output }: ChildEnd, what: string, cause?: unknown): RunyardError {
  const printed = output === '' ? '' : `; it printed:\n${output}`;
  return new RunyardError('project_invalid', `${project.name} cannot be described: ${what}${printed}`, {
    cause,
  });
}

async function toDescribed(project: Project, description: PythonDescription): Promise<DescribedProject> {
  const algorithms = checkDescription(project, description);
  const files = description.files ?? [];
  return {
    project,
    algorithms,
    launch: {
      command: description.executable,
      args: [PIPE],
      cwd: project.dir,
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    },
    sources: [...files, ...MANIFESTS.map((name) => join(project.dir, name))],
    fingerprint: await fingerprintOf(project, description, files),
  };
}

/** @throws RunyardError with everything that is wrong, limits included */
function checkDescription(
  project: Project,
  description: PythonDescription,
): NonNullable<PythonDescription['algorithms']> {
  const { error, algorithms = [], names = [], limits = {}, limitsLine = 1 } = description;
  if (error?.kind === 'python_too_old')
    return refuseOldPython(project, description.executable, description.version);
  if (error?.kind === 'import') throw toImportError(project, error);
  const wrongLimits = checkAlgorithmLimits(limits, names).map((message) =>
    limitProblem(project, limitsLine, message),
  );
  const problems = [...(error?.problems ?? []), ...wrongLimits];
  if (problems.length > 0) throw toProjectError(project, problems);
  return algorithms;
}

function limitProblem({ dir, adapter }: Project, line: number, message: string): AdapterProblem {
  return { file: relative(dir, adapter), line, function: null, argument: null, message };
}

/** Code, dependencies, interpreter, and the program that runs them. */
async function fingerprintOf(
  { dir }: Project,
  { executable, version, algorithms }: PythonDescription,
  files: readonly string[],
): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([executable, version, algorithms]));
  const manifests = MANIFESTS.map((name) => join(dir, name));
  for (const path of [...files, ...manifests]) hash.update(`\n${path}\n`).update(await readIfThere(path));
  for (const part of await readPipeFiles()) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

/** A file that is not there, or went away meanwhile, counts as empty. */
async function readIfThere(path: string): Promise<Buffer> {
  return readFile(path).catch(() => Buffer.alloc(0));
}
