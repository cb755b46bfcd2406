import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { readdir, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Descriptor } from '../../protocol/index.js';
import { checkAlgorithmLimits, limitsOf } from '../algorithm-limits.js';
import type { DescribeContext, DescribedProject, Project } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { packageRoot } from '../package-root.js';
import { openBuildFolder } from '../build-folder.js';
import { compilerVersion, isSourceTree } from './compiler-script.js';
import { describer } from './describer.js';
import type { DescribeJob, Description } from './description.js';
import { DescriptionCache, hashFile } from './description-cache.js';
import { toProjectError } from './project-error.js';
import { writeAtomically } from '../write-atomically.js';

/** Bundles of older versions that are kept: their processes may still have to be started. */
const KEPT_BUNDLES = 8;
/** A project that is edited while it is described is described again this often; then its next change has to do. */
const MAX_TRIES = 3;
const PIPE = join(langpackDir('javascript'), 'pipe.mjs');
const PIPE_PARTS = join(langpackDir('javascript'), 'pipe');

/** Files beside the adapter that have a say, whether they are there or not. */
const MANIFESTS = ['package.json', 'tsconfig.json', 'runyard.yaml'];
const LOCKS = ['package-lock.json', 'node_modules/.package-lock.json'];

let lastClock = 0;

/** Describes and bundles a project, or takes both from its cache when nothing has changed. */
export async function describeProject(project: Project, context: DescribeContext): Promise<DescribedProject> {
  context.signal?.throwIfAborted();
  const buildDir = await openBuildFolder(project.dir);
  const cache = new DescriptionCache(buildDir, project.adapter, compilerVersion());
  const cached = await cache.read();
  const usable = cached && existsSync(join(buildDir, cached.bundle));
  const description = usable ? cached : await describeAnew(project, buildDir, cache, context);
  return launchable(project, buildDir, description);
}

async function describeAnew(
  project: Project,
  buildDir: string,
  cache: DescriptionCache,
  { env, signal }: DescribeContext,
): Promise<Description> {
  const { dir } = project;
  const job = createJob(project, buildDir);
  for (let tries = 1; ; tries += 1) {
    const startedAt = await readFileClock(buildDir);
    const answer = await describer.describe(job, env, signal);
    if (!answer.ok) throw toProjectError(project, answer.problems);
    const { description } = answer;
    const isStale = haveChanged([...description.sources, ...manifestPaths(dir)], startedAt);
    if (isStale && tries < MAX_TRIES) continue;
    assertLimits(project, description);
    // A description of what the files said before would be kept for what they say now.
    if (!isStale) await cache.write(description, manifestPaths(dir));
    await removeOldBundles(buildDir, description.bundle);
    return description;
  }
}

/** What the compiler's process is asked. */
export function createJob({ dir, adapter, language }: Project, buildDir: string): DescribeJob {
  const fetchModule = join(packageRoot, isSourceTree ? 'src/net/index.ts' : 'dist/net/index.js');
  return { dir, adapter, language, buildDir, packageRoot, fetchModule };
}

/** Now, by the clock that files are stamped with: it ticks in coarser steps than that of the process. */
async function readFileClock(buildDir: string): Promise<number> {
  const path = join(buildDir, `clock-${process.pid}-${(lastClock += 1)}`);
  await writeFile(path, '');
  const { ctimeMs } = await stat(path);
  await unlink(path);
  return ctimeMs;
}

/** True when a file was written or put in place since. */
function haveChanged(paths: readonly string[], since: number): boolean {
  return paths.some((path) => (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) > since);
}

function assertLimits(project: Project, { limits, algorithms }: Description): void {
  const wrong = limits ? checkAlgorithmLimits(limits.value, algorithms) : [];
  if (limits && wrong.length > 0) {
    throw toProjectError(
      project,
      wrong.map((message) => ({ message, place: limits.place })),
    );
  }
}

function manifestPaths(dir: string): string[] {
  return [...MANIFESTS, ...LOCKS].map((name) => join(dir, name));
}

async function launchable(
  project: Project,
  buildDir: string,
  description: Description,
): Promise<DescribedProject> {
  const algorithms = description.algorithms.map((algorithm) => toDescriptor(algorithm, description));
  const told = await writeForPipe(buildDir, description);
  const bundle = join(buildDir, description.bundle);
  return {
    project,
    algorithms,
    launch: {
      command: process.execPath,
      args: ['--enable-source-maps', PIPE, bundle, told],
      cwd: project.dir,
      env: {},
    },
    sources: [...new Set([...description.sources, ...MANIFESTS.map((name) => join(project.dir, name))])],
    fingerprint: await fingerprintOf(project.dir, description),
  };
}

function toDescriptor(algorithm: Description['algorithms'][number], { limits }: Description): Descriptor {
  const { name, description, mode, input, output } = algorithm;
  return {
    name,
    ...(description !== undefined && { description }),
    mode,
    input: withCommonTypes(input),
    ...(output !== undefined && { output: withCommonTypes(output) }),
    limits: limitsOf(limits?.value, name),
  };
}

/** Whether bytes become a Buffer or an ArrayBuffer is between the pipe and the function. */
function withCommonTypes<T>(schema: T): T {
  return JSON.parse(JSON.stringify(schema).replaceAll('"x-type":"arraybuffer"', '"x-type":"bytes"')) as T;
}

/** What the pipe program has to know beside the code; named after its content like the bundle. */
async function writeForPipe(buildDir: string, { algorithms, limits }: Description): Promise<string> {
  const told = JSON.stringify(
    algorithms.map((one) => ({ ...one, limits: limitsOf(limits?.value, one.name) })),
  );
  const path = join(buildDir, `algorithms-${shortHash([told])}.json`);
  const now = new Date();
  if (existsSync(path)) await utimes(path, now, now);
  else await writeAtomically(path, told);
  return path;
}

/** Code, packages, and the program that runs them. */
async function fingerprintOf(dir: string, description: Description): Promise<string> {
  const parts = (await readdir(PIPE_PARTS)).sort().map((name) => join(PIPE_PARTS, name));
  const files = [PIPE, ...parts, ...['package.json', ...LOCKS].map((name) => join(dir, name))].map(hashFile);
  return shortHash([
    description.bundle,
    JSON.stringify(description.algorithms),
    JSON.stringify(description.limits?.value),
    ...files,
  ]);
}

function shortHash(parts: readonly (string | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

async function removeOldBundles(buildDir: string, current: string): Promise<void> {
  for (const kind of ['adapter-', 'algorithms-']) {
    const names = (await readdir(buildDir)).filter((name) => name.startsWith(kind) && name !== current);
    const aged = await Promise.all(
      names.map(async (name) => ({ name, age: await ageOf(join(buildDir, name)) })),
    );
    const old = aged.sort((a, b) => a.age - b.age).slice(KEPT_BUNDLES);
    // Another process may have removed it first.
    await Promise.all(old.map(({ name }) => unlink(join(buildDir, name)).catch(() => {})));
  }
}

async function ageOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => -found.mtimeMs,
    () => 0,
  );
}
