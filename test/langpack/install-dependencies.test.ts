import { existsSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { getLangpack, type Project } from '../../src/langpack/index.js';
import { env, makeFolder, makeProject, writeFiles } from './made-project.js';

const ADAPTER = { 'runner_adapter.ts': 'export function run_x() {}' };
const PACKAGE = {
  'local/package.json': '{ "name": "local", "version": "1.0.0", "main": "i.js" }',
  'local/i.js': 'module.exports = 1;',
};
const manifest = (dependencies: Record<string, string>): string =>
  JSON.stringify({ name: 'project', version: '1.0.0', dependencies });

/** Sets a project up; gives what it said on the way. */
async function setUp(project: Project, own: Record<string, string> = env): Promise<string[]> {
  const said: string[] = [];
  await getLangpack('typescript').setup(project, { env: own, onProgress: (line) => said.push(line) });
  return said;
}

test('missing packages are installed, once', async () => {
  const project = await makeProject({
    ...ADAPTER,
    ...PACKAGE,
    'package.json': manifest({ local: 'file:./local' }),
  });
  expect(await setUp(project)).toEqual([`${project.name}: npm install (local missing)`]);
  expect(existsSync(join(project.dir, 'node_modules/local/i.js'))).toBe(true);
  expect(await setUp(project)).toEqual([]);
});

test('a lock file is installed as it says, and a changed manifest is followed', async () => {
  const project = await makeProject({
    ...ADAPTER,
    ...PACKAGE,
    'package.json': manifest({ local: 'file:./local' }),
  });
  await setUp(project);
  const later = new Date(Date.now() + 5000);
  utimesSync(join(project.dir, 'package.json'), later, later);
  expect(await setUp(project)).toEqual([`${project.name}: npm ci (package.json has changed)`]);
});

test('setting up twice at a time installs once', async () => {
  const project = await makeProject({
    ...ADAPTER,
    ...PACKAGE,
    'package.json': manifest({ local: 'file:./local' }),
  });
  const [first, second] = await Promise.all([setUp(project), setUp(project)]);
  expect([...first, ...second]).toHaveLength(1);
});

test('nothing is installed where nothing is needed', async () => {
  const none = await makeProject(ADAPTER);
  const empty = await makeProject({ ...ADAPTER, 'package.json': '{ "devDependencies": { "x": "1.0.0" } }' });
  expect(await setUp(none)).toEqual([]);
  expect(await setUp(empty)).toEqual([]);
});

test('packages found in a folder above are left alone', async () => {
  const dir = makeFolder();
  writeFiles(dir, {
    'node_modules/hoisted/package.json': '{ "name": "hoisted" }',
    'project/package.json': manifest({ hoisted: '1.0.0' }),
    'project/runner_adapter.ts': ADAPTER['runner_adapter.ts'],
  });
  const project = {
    kind: 'adapter' as const,
    dir: join(dir, 'project'),
    name: 'project',
    language: 'typescript',
    adapter: join(dir, 'project/runner_adapter.ts'),
  };
  expect(await setUp(project)).toEqual([]);
});

test('what npm says is told when it fails', async () => {
  const project = await makeProject({ ...ADAPTER, 'package.json': manifest({ gone: 'file:./gone.tgz' }) });
  const error = await setUp(project).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'project_setup_failed' });
  expect((error as Error).message).toMatch(/npm install failed in .* with code \d+:[\s\S]*gone/);
});

test('an installation that brings nothing is no success', async () => {
  const project = await makeProject({ ...ADAPTER, 'package.json': manifest({ gone: 'file:./gone' }) });
  await expect(setUp(project)).rejects.toMatchObject({
    code: 'project_setup_failed',
    message: `npm install ended well in ${project.dir}, but gone is still missing; check package.json`,
  });
});

test('a missing npm is named', async () => {
  const project = await makeProject({ ...ADAPTER, 'package.json': manifest({ gone: '1.0.0' }) });
  await expect(setUp(project, { PATH: makeFolder() })).rejects.toMatchObject({
    code: 'interpreter_missing',
    message: expect.stringContaining('npm is not on the PATH') as string,
  });
});

test('a manifest that is no JSON is named', async () => {
  const project = await makeProject({ ...ADAPTER, 'package.json': '{ "dependencies": ' });
  await expect(setUp(project)).rejects.toMatchObject({
    code: 'project_setup_failed',
    message: expect.stringContaining('package.json cannot be read') as string,
  });
});
