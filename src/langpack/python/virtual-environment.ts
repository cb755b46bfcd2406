import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';
import type { Dependencies } from './dependencies.js';
import { findMachineInterpreter, findOwnInterpreter } from './interpreter.js';
import { runChild, type ChildEnd } from '../run-child.js';

const SETUP_TIMEOUT_MS = 30 * 60_000;
const PIP_NEWS = /^(Collecting|Downloading|Building|Installing|Successfully installed)\b/;

/** The interpreter that runs a project: its own environment's, else the one made for it, else the machine's. */
export function findEnvironment(project: Project, context: DescribeContext): string {
  const made = pythonOf(project);
  const isWanted = ['requirements.txt', 'pyproject.toml'].some((name) => existsSync(join(project.dir, name)));
  const usable = isWanted && existsSync(stampOf(project)) && existsSync(made);
  return findOwnInterpreter(project) ?? (usable ? made : findMachineInterpreter(project, context));
}

/** True when the environment under .runyard holds what the project asks for. */
export async function isInstalled(
  project: Project,
  dependencies: Dependencies,
  interpreter: string,
): Promise<boolean> {
  if (!existsSync(pythonOf(project))) return false;
  const stamp = await readFile(stampOf(project), 'utf8').catch(() => '');
  return stamp === stampText(dependencies, interpreter);
}

/**
 * Makes the environment under .runyard, or brings it up to date.
 * @throws RunyardError `project_setup_failed` with the tail of the output
 */
export async function install(
  project: Project,
  dependencies: Dependencies,
  interpreter: string,
  context: DescribeContext,
): Promise<void> {
  if (!(await wasMadeBy(project, interpreter))) await create(project, interpreter, context);
  await rm(stampOf(project), { force: true });
  context.onProgress?.(`${project.name}: installing ${dependencies.source}`);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const end = await run(project, pythonOf(project), [...pip, ...dependencies.pipArguments], context);
  if (end.code !== 0)
    throw failed(`pip could not install ${dependencies.source} of ${project.dir}`, end, adviceOf(end));
  await writeFile(stampOf(project), stampText(dependencies, interpreter));
}

/** Installs what a project asks for into a plain folder. @throws RunyardError `project_setup_failed` */
export async function installInto(
  folder: string,
  project: Project,
  dependencies: Dependencies,
  interpreter: string,
  context: DescribeContext,
): Promise<void> {
  context.onProgress?.(`${project.name}: installing ${dependencies.source} for the archive`);
  const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const end = await run(
    project,
    interpreter,
    [...pip, '--target', folder, ...dependencies.pipArguments],
    context,
  );
  if (end.code !== 0)
    throw failed(`pip could not gather ${dependencies.source} of ${project.dir}`, end, adviceOf(end));
}

async function create(project: Project, interpreter: string, context: DescribeContext): Promise<void> {
  context.onProgress?.(`${project.name}: making .runyard/venv with ${interpreter}`);
  await openFolder(project);
  const end = await run(project, interpreter, ['-m', 'venv', '--clear', venvOf(project)], context);
  if (end.code === 0) {
    await writeFile(makerOf(project), interpreter);
    return;
  }
  const isDebian = /ensurepip|No module named '?venv/.test(end.output);
  const advice = isDebian
    ? 'install the rest of Python (Debian, Ubuntu: apt install python3-venv)'
    : adviceOf(end);
  throw failed(`${interpreter} could not make ${venvOf(project)}`, end, advice);
}

async function openFolder({ dir }: Project): Promise<void> {
  const folder = join(dir, '.runyard');
  try {
    await mkdir(folder, { recursive: true });
    const ignore = join(folder, '.gitignore');
    if (!existsSync(ignore)) await writeFile(ignore, '*\n');
  } catch (cause) {
    const message = `${folder} cannot be made (${describeError(cause)}): make it writable, or make ${join(dir, '.venv')} yourself`;
    throw new RunyardError('project_setup_failed', message, { cause });
  }
}

function run(project: Project, command: string, args: string[], context: DescribeContext): Promise<ChildEnd> {
  return runChild({
    command,
    args,
    cwd: project.dir,
    env: context.env,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal: context.signal,
    onLine: (line) => {
      if (PIP_NEWS.test(line.trim())) context.onProgress?.(`${project.name}: ${line.trim()}`);
    },
  });
}

function failed(what: string, { error, timedOut, output }: ChildEnd, advice: string): RunyardError {
  const why = error ? `: ${error.message}` : timedOut ? ` within ${SETUP_TIMEOUT_MS / 60_000} minutes` : '';
  const printed = output === '' ? '' : `\n${output}`;
  return new RunyardError('project_setup_failed', `${what}${why}; ${advice}${printed}`, { cause: error });
}

function adviceOf({ output }: ChildEnd): string {
  if (/No matching distribution|Could not find a version/.test(output))
    return 'check the names and versions in it';
  if (/ConnectionError|NewConnectionError|Temporary failure in name resolution|ProxyError/.test(output)) {
    return 'the package index was not reached; behind a proxy, name HTTPS_PROXY under env.pass in runyard.yaml';
  }
  return 'the output says why';
}

async function wasMadeBy(project: Project, interpreter: string): Promise<boolean> {
  if (!existsSync(pythonOf(project))) return false;
  return (await readFile(makerOf(project), 'utf8').catch(() => '')) === interpreter;
}

function stampText(dependencies: Dependencies, interpreter: string): string {
  return JSON.stringify({ interpreter, dependencies: dependencies.hash });
}

function venvOf({ dir }: Project): string {
  return join(dir, '.runyard', 'venv');
}

function pythonOf(project: Project): string {
  return join(venvOf(project), 'bin', 'python');
}

/** Holds what is installed; absent while that is being changed. */
function stampOf(project: Project): string {
  return join(venvOf(project), 'runyard-installed.json');
}

/** Holds the interpreter that the environment was made with. */
function makerOf(project: Project): string {
  return join(venvOf(project), 'runyard-interpreter');
}
