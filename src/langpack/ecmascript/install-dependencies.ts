import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeError, RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';

const OUTPUT_TAIL = 4000;

/** One installation at a time for each project of this process. */
const underWay = new Map<string, Promise<void>>();

/**
 * Installs a project's dependencies with npm when some are missing, or the manifest is newer than what was installed.
 * Dependencies that are found in a folder above, as in a workspace, are left to it.
 * @throws RunyardError `project_setup_failed` with the tail of npm's output; `interpreter_missing` without npm
 */
export async function installDependencies(project: Project, context: DescribeContext): Promise<void> {
  const running = underWay.get(project.dir) ?? installOnce(project, context);
  underWay.set(project.dir, running);
  try {
    await running;
  } finally {
    underWay.delete(project.dir);
  }
}

async function installOnce({ dir, name }: Project, context: DescribeContext): Promise<void> {
  const dependencies = await listDependencies(dir);
  const missing = dependencies.filter((dependency) => !isInstalled(dependency, dir));
  if (missing.length === 0 && !(await isOutdated(dir, dependencies))) return;
  context.signal?.throwIfAborted();
  const command = existsSync(join(dir, 'package-lock.json')) ? 'ci' : 'install';
  context.onProgress?.(
    `${name}: npm ${command} (${missing.length > 0 ? `${missing.join(', ')} missing` : 'package.json has changed'})`,
  );
  await installPackages(dir, [], context);
  const still = dependencies.filter((dependency) => !isInstalled(dependency, dir));
  if (still.length === 0) return;
  const message = `npm ${command} ended well in ${dir}, but ${still.join(', ')} is still missing; check package.json`;
  throw new RunyardError('project_setup_failed', message);
}

/** Names of the packages a project asks for. @throws RunyardError `project_setup_failed` for a package.json that is none */
export async function listDependencies(dir: string): Promise<string[]> {
  const path = join(dir, 'package.json');
  if (!existsSync(path)) return [];
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as { dependencies?: Record<string, string> };
    return Object.keys(manifest.dependencies ?? {});
  } catch (error) {
    throw new RunyardError('project_setup_failed', `${path} cannot be read: ${describeError(error)}`, {
      cause: error,
    });
  }
}

function isInstalled(name: string, dir: string): boolean {
  if (existsSync(join(dir, 'node_modules', name, 'package.json'))) return true;
  const parent = dirname(dir);
  return parent !== dir && isInstalled(name, parent);
}

/** Only for a project that has packages of its own: npm notes there when it last installed. */
async function isOutdated(dir: string, dependencies: string[]): Promise<boolean> {
  const installedAt = await modified(join(dir, 'node_modules/.package-lock.json'));
  if (installedAt === undefined || dependencies.length === 0) return false;
  const manifests = await Promise.all(
    ['package.json', 'package-lock.json'].map((name) => modified(join(dir, name))),
  );
  return manifests.some((at) => at !== undefined && at > installedAt);
}

async function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
}

/** Installs what the package.json of a folder asks for. @throws RunyardError `project_setup_failed`, `interpreter_missing` */
export async function installPackages(dir: string, more: string[], context: DescribeContext): Promise<void> {
  const command = existsSync(join(dir, 'package-lock.json')) ? 'ci' : 'install';
  await runNpm(dir, [command, '--no-audit', '--no-fund', '--no-progress', ...more], context);
}

async function runNpm(dir: string, args: string[], { env, signal }: DescribeContext): Promise<void> {
  const child = spawn('npm', args, {
    cwd: dir,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let output = '';
  const keep = (text: string): void => void (output = (output + text).slice(-OUTPUT_TAIL));
  child.stdout.setEncoding('utf8').on('data', keep);
  child.stderr.setEncoding('utf8').on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? npmMissing(dir, error) : error),
    );
    child.on('close', resolve);
  });
  if (code === 0) return;
  throw new RunyardError(
    'project_setup_failed',
    `npm ${args[0]} failed in ${dir} with code ${code}:\n${output.trim()}`,
  );
}

function npmMissing(dir: string, cause: Error): RunyardError {
  const message = `${dir} has dependencies, but npm is not on the PATH: install npm, or install them yourself`;
  return new RunyardError('interpreter_missing', message, { cause });
}
