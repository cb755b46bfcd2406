import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { getLangpack, type DescribedProject, type Project } from '../../src/langpack/index.js';
import { until } from '../until.js';
import { describeProject, env, makeProject, writeFiles } from './made-project.js';

const FILES = {
  'runner_adapter.ts': `import type { Size } from './types.js';\nimport { twice } from './code.js';\nexport function run_x(size: Size): number { return twice(size.width); }`,
  'types.ts': 'export interface Size { width: number }',
  'code.ts': 'export const twice = (n: number): number => n * 2;',
  'unrelated.ts': 'export const x = 1;',
};

/** Describes in a way that fails when a compiler would have to be started. */
async function describeFromCache(project: Project): Promise<DescribedProject> {
  const aborted = AbortSignal.abort(new Error('the compiler would be started'));
  return getLangpack('typescript').describe(project, { env, signal: laterAborted(aborted) });
}

/** Looks untouched to the first check, which only refuses to begin, and is aborted for all that comes after. */
function laterAborted(aborted: AbortSignal): AbortSignal {
  const controller = new AbortController();
  queueMicrotask(() => controller.abort(aborted.reason));
  return controller.signal;
}

function listBundles(buildDir: string): string[] {
  return existsSync(buildDir) ? readdirSync(buildDir).filter((name) => /^adapter-\w+\.mjs$/.test(name)) : [];
}

describe('a description', () => {
  test('is taken from the cache as long as nothing has changed, and is the same', async () => {
    const project = await makeProject(FILES);
    const first = await describeProject(project);
    expect(await describeFromCache(project)).toEqual(first);
    writeFiles(project.dir, { 'unrelated.ts': 'export const x = 2;' });
    expect(await describeFromCache(project)).toEqual(first);
    const later = new Date(Date.now() + 60_000);
    utimesSync(project.adapter, later, later);
    expect(await describeFromCache(project)).toEqual(first);
  });

  test.each([
    ['code', 'code.ts', 'export const twice = (n: number): number => n * 3;', false],
    ['a type', 'types.ts', 'export interface Size { width: number; height?: number }', true],
    ['the compiler settings', 'tsconfig.json', '{ "compilerOptions": { "strict": true } }', false],
    ['the packages', 'package.json', '{ "name": "x" }', false],
  ])('is made again when %s changes', async (_, path, content, isNewSchema) => {
    const project = await makeProject(FILES);
    const first = await describeProject(project);
    writeFiles(project.dir, { [path]: content });
    await expect(describeFromCache(project)).rejects.toThrow('the compiler would be started');
    const second = await describeProject(project);
    expect(JSON.stringify(second.algorithms) !== JSON.stringify(first.algorithms)).toBe(isNewSchema);
    if (path !== 'tsconfig.json') expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(second.sources).toContain(join(project.dir, path));
  });

  test('follows a file that is saved again while it is described', async () => {
    const project = await makeProject(FILES);
    const describing = describeProject(project);
    const buildDir = join(project.dir, '.runyard');
    await until('the bundle is there', () => listBundles(buildDir).length > 0, { everyMs: 1 });
    writeFiles(project.dir, {
      'runner_adapter.ts': 'export function run_x(other: string): string { return other; }',
    });
    await describing;
    const second = await describeProject(project);
    expect(second.algorithms[0]?.input).toMatchObject({ required: ['other'] });
    expect(readFileSync(second.launch.args[2] ?? '', 'utf8')).not.toContain('twice');
  });

  test('lists what it depends on: code, types, and settings there may be one day', async () => {
    const project = await makeProject(FILES);
    const { sources } = await describeProject(project);
    const names = [
      'runner_adapter.ts',
      'types.ts',
      'code.ts',
      'package.json',
      'tsconfig.json',
      'runyard.yaml',
    ];
    expect(sources.sort()).toEqual(names.map((name) => join(project.dir, name)).sort());
  });

  test('is made again when its bundle is gone, and when the cache is broken', async () => {
    const project = await makeProject(FILES);
    const first = await describeProject(project);
    const bundle = first.launch.args.find((one) => one.includes('adapter-')) ?? '';
    rmSync(bundle);
    expect(await describeProject(project)).toEqual(first);
    expect(existsSync(bundle)).toBe(true);
    const [cache = ''] = readdirSync(join(project.dir, '.runyard')).filter((name) =>
      name.startsWith('description-'),
    );
    writeFileSync(join(project.dir, '.runyard', cache), '{"half":');
    expect(await describeProject(project)).toEqual(first);
  });

  test('keeps the code of a few older versions, whose processes may still be started', async () => {
    const project = await makeProject(FILES);
    const first = await describeProject(project);
    writeFiles(project.dir, { 'code.ts': 'export const twice = (n: number): number => n + n;' });
    await describeProject(project);
    expect(first.launch.args.every((one) => !one.startsWith('/') || existsSync(one))).toBe(true);
  });

  test('keeps its folder out of version control', async () => {
    const project = await makeProject(FILES);
    await describeProject(project);
    expect(statSync(join(project.dir, '.runyard/.gitignore')).size).toBe(2);
  });
});
