import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { getLangpack } from '../../src/langpack/index.js';
import { until } from '../until.js';
import { argument, describeFiles, describeProject, env, makeFolder, makeProject } from './made-project.js';

/** Compilers that this process has running. */
function compilers(): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOurCompiler(pid));
}

/** A process may end while it is looked at: then it is none. */
function isOurCompiler(pid: string): boolean {
  try {
    const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
    return (
      parent === String(process.pid) &&
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('describe-child')
    );
  } catch {
    return false;
  }
}

test('many projects share a few compilers, and none is left afterwards', async () => {
  const projects = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      makeProject(`export function run_x${index}(a: string) { return a; }`),
    ),
  );
  const describing = Promise.all(projects.map(describeProject));
  let most = 0;
  const watching = setInterval(() => (most = Math.max(most, compilers().length)), 20);
  const described = await describing.finally(() => clearInterval(watching));
  expect(described.map(({ algorithms }) => algorithms[0]?.name)).toEqual(
    projects.map((_, index) => `x${index}`),
  );
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(4);
  await until('all compilers have ended', () => compilers().length === 0);
});

test('a description that is aborted ends its compiler', async () => {
  const project = await makeProject('export function run_x(a: string) { return a; }');
  const controller = new AbortController();
  const describing = getLangpack('typescript').describe(project, { env, signal: controller.signal });
  await until('the compiler runs', () => compilers().length > 0, { everyMs: 5 });
  controller.abort(new Error('not needed any more'));
  await expect(describing).rejects.toThrow('not needed any more');
  await until('the compiler has ended', () => compilers().length === 0);
});

test('types that come from Node are known, also where only a body speaks of it', async () => {
  const { up, plain } = await describeFiles(`
    export function run_up() { return { seconds: process.uptime(), home: process.env['HOME'], data: Buffer.alloc(1) }; }
    export function run_plain(a: string) { return a; }`);
  expect(up?.output).toMatchObject({
    properties: { seconds: { type: 'number' }, home: { type: 'string' }, data: { 'x-type': 'bytes' } },
    required: ['seconds', 'data'],
  });
  expect(argument(plain, 'a')).toEqual({ type: 'string' });
});

test('code is never run from a shared folder that others can write to', async () => {
  const { TMPDIR } = process.env;
  const shared = makeFolder();
  process.env['TMPDIR'] = shared;
  onTestFinished(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  const project = await makeProject('export function run_x() {}');
  symlinkSync('/proc/nowhere', join(project.dir, '.runyard'));
  const folder = join(shared, `runyard-${userInfo().uid}`);
  mkdirSync(folder);
  chmodSync(folder, 0o777);
  await expect(describeProject(project)).rejects.toMatchObject({
    code: 'project_setup_failed',
    message: `${folder} must be a folder that only its owner can use; remove it`,
  });
});
