import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import type { DescribedProject } from '../../src/langpack/index.js';
import { describeProject, env, makeFolder, makeProject, writeFiles } from './made-project.js';

/** All are described at once: those that share a compiler process share its start. */
const projects = {
  places: describeMade({
    'runner_adapter.ts': `
          import { readFileSync } from 'node:fs';
          import { here } from './lib/esm.mjs';
          import common from './lib/common.cjs';
          import settings from './settings.json';
          const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
          export function run_read() {
            return [read('data.txt'), readFileSync(import.meta.dirname + '/data.txt', 'utf8'), here(), common(), settings.name];
          }`,
    'lib/esm.mjs': `import { basename } from 'node:path'; export const here = () => basename(import.meta.filename) + ' ' + basename(import.meta.dirname);`,
    'lib/common.cjs': `const path = require('path'); module.exports = () => path.basename(__filename) + ' ' + path.basename(__dirname);`,
    'data.txt': 'beside',
    'settings.json': '{ "name": "from json" }',
  }),
  packages: describeMade({
    'runner_adapter.ts': `
          import esm from 'esm-only';
          import { name } from 'cjs-only/sub.js';
          import { inner } from '#inner';
          import { aliased } from '@/aliased';
          export async function run_all(): Promise<string[]> { return [esm, name, inner, aliased, (await import('esm-only')).default]; }`,
    'package.json': '{ "type": "module", "imports": { "#inner": "./inner.ts" } }',
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "module": "preserve", "moduleResolution": "bundler", "baseUrl": ".", "paths": { "@/*": ["./src/*"] } } }',
    'inner.ts': `export const inner: string = 'inner';`,
    'src/aliased.ts': `export const aliased: string = 'aliased';`,
    'node_modules/esm-only/package.json':
      '{ "name": "esm-only", "type": "module", "exports": { "import": "./i.js" } }',
    'node_modules/esm-only/i.js': `export default 'esm';`,
    'node_modules/cjs-only/package.json': '{ "name": "cjs-only" }',
    'node_modules/cjs-only/sub.js': `exports.name = 'cjs';`,
  }),
  provided: describeMade({
    'runner_adapter.ts': `
        import { InvalidInput } from 'runyard/adapter';
        import { fetchBytes } from 'runyard/fetch';
        export async function run_size(url: string): Promise<number> {
          if (url === '') throw new InvalidInput('is empty', 'url');
          return (await fetchBytes(url, { maxBytes: 100, timeoutMs: 1000 })).bytes.length;
        }`,
  }),
  failing: describeMade({
    'runner_adapter.ts': `import { fail } from './lib/fail.js';\n\nexport function run_fail(): number {\n  return fail();\n}`,
    'lib/fail.ts': `interface Unused { a: string }\n\nexport function fail(): number {\n  throw new RangeError('far out');\n}`,
  }),
  clashing: describeMade({
    'runner_adapter.ts': `import './other.js';\nclass Broken extends Error {}\nexport function run_x(): void { throw new Broken('x'); }`,
    'other.ts': `class Broken extends Error {}\nconsole.log(new Broken('y').message);`,
  }),
};

async function describeMade(files: Record<string, string>): Promise<DescribedProject> {
  return describeProject(await makeProject(files));
}

/** Starts a project, runs one algorithm, and gives the result, or the error. */
async function runOnce(
  project: Promise<DescribedProject>,
  algorithm: string,
  args: Record<string, unknown> = {},
): Promise<unknown> {
  const host = await createProjectHost({ described: await project, env, pool: { maxProcesses: 1 } });
  try {
    const outcome = await host.run({ id: 'one', algorithm, args });
    return outcome.ok ? JSON.parse(outcome.resultJson) : outcome.error;
  } finally {
    await host.close();
  }
}

describe('a bundled project', () => {
  test('finds the files beside its sources, in ES modules and in CommonJS', async () => {
    const result = await runOnce(projects.places, 'read');
    expect(result).toEqual(['beside', 'beside', 'esm.mjs lib', 'common.cjs lib', 'from json']);
  });

  test('imports packages from its own node_modules, whatever they are', async () => {
    const result = await runOnce(projects.packages, 'all');
    expect(result).toEqual(['esm', 'cjs', 'inner', 'aliased', 'esm']);
  });

  test('has runyard/adapter and runyard/fetch without installing anything', async () => {
    expect(await runOnce(projects.provided, 'size', { url: 'data:text/plain,hello' })).toBe(5);
    expect(await runOnce(projects.provided, 'size', { url: '' })).toMatchObject({
      code: 'input_refused',
      errors: [{ path: '/url', message: 'is empty' }],
    });
  });

  test('raises errors that point into its sources', async () => {
    const error = await runOnce(projects.failing, 'fail');
    expect(error).toMatchObject({ code: 'algorithm_error', errorType: 'RangeError', message: 'far out' });
    expect((error as { stacktrace: string }).stacktrace).toMatch(
      /fail\.ts:4:\d+\)?\n.*run_fail .*runner_adapter\.ts:4:\d+/,
    );
  });

  test('keeps class names that clash, for the type of their errors', async () => {
    const error = await runOnce(projects.clashing, 'x');
    expect(error).toMatchObject({ errorType: 'Broken' });
  });

  test('runs from a folder that cannot be written to', async () => {
    const shared = makeFolder();
    writeFiles(shared, {
      'node_modules/outer/package.json': '{ "name": "outer", "main": "i.js" }',
      'node_modules/outer/i.js': `module.exports = 'outer';`,
      'project/node_modules/own/package.json': '{ "name": "own", "main": "i.js" }',
      'project/node_modules/own/i.js': `module.exports = 'own';`,
      'project/runner_adapter.ts': `
        import outer from 'outer';
        import own from 'own';
        export function run_both(): string[] { return [outer, own, import.meta.dirname]; }`,
    });
    const dir = join(shared, 'project');
    // A link that leads nowhere is in the way of the folder, even for a user who may do everything.
    symlinkSync('/proc/nowhere', join(dir, '.runyard'));
    const adapter = join(dir, 'runner_adapter.ts');
    const described = await describeProject({
      kind: 'adapter',
      dir,
      adapter,
      name: 'project',
      language: 'typescript',
    });
    const host = await createProjectHost({ described, env });
    try {
      const outcome = await host.run({ id: 'one', algorithm: 'both', args: {} });
      expect(outcome.ok && JSON.parse(outcome.resultJson)).toEqual(['outer', 'own', dir]);
    } finally {
      await host.close();
    }
  });
});
