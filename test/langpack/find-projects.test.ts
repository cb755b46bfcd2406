import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProjects, getLangpack, langpacks } from '../../src/langpack/index.js';
import { makeFolder, writeFiles } from './made-project.js';

test('a folder with an adapter is a project', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'ocr/runner_adapter.ts': '' });
  const { projects, problems } = await findProjects([join(dir, 'ocr')]);
  expect(problems).toEqual([]);
  expect(projects).toEqual([
    {
      kind: 'adapter',
      dir: join(dir, 'ocr'),
      name: 'ocr',
      language: 'typescript',
      adapter: join(dir, 'ocr/runner_adapter.ts'),
    },
  ]);
});

test('a folder without one is searched one level deep, in any language, but not in hidden or package folders', async () => {
  const dir = makeFolder();
  writeFiles(dir, {
    'a/runner_adapter.js': '',
    'b/runner_adapter.py': '',
    'c/runner_adapter.mts': '',
    'd/deep/runner_adapter.ts': '',
    '.hidden/runner_adapter.ts': '',
    'node_modules/runner_adapter.ts': '',
    'e/readme.md': '',
    'file.txt': '',
  });
  symlinkSync('/proc/nowhere', join(dir, 'broken-link'));
  const { projects, problems } = await findProjects([dir]);
  expect(projects.map(({ name, language }) => `${name} ${language}`)).toEqual([
    'a javascript',
    'b python',
    'c typescript',
  ]);
  expect(problems).toEqual([]);
});

test('the adapter of the folder itself hides those in its children', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'runner_adapter.ts': '', 'child/runner_adapter.ts': '' });
  expect((await findProjects([dir])).projects.map((project) => project.dir)).toEqual([dir]);
});

test('a project named twice is found once', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'a/runner_adapter.ts': '' });
  expect((await findProjects([dir, join(dir, 'a'), `${dir}/`])).projects).toHaveLength(1);
});

test('runyard.yaml gives the name', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'runner_adapter.ts': '', 'runyard.yaml': 'name: reader' });
  expect((await findProjects([dir])).projects[0]?.name).toBe('reader');
});

test('a wrong runyard.yaml is a problem of its folder, and of no other', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'a/runner_adapter.ts': '', 'a/runyard.yaml': 'nmae: x', 'b/runner_adapter.ts': '' });
  const { projects, problems } = await findProjects([dir]);
  expect(projects.map(({ name }) => name)).toEqual(['b']);
  expect(problems.map((problem) => [problem.dir, problem.error.code])).toEqual([
    [join(dir, 'a'), 'invalid_config'],
  ]);
  expect(problems[0]?.error.message).toContain('did you mean name?');
});

test('TypeScript wins over the JavaScript it was compiled to; other mixtures are a problem', async () => {
  const dir = makeFolder();
  writeFiles(dir, {
    'both/runner_adapter.ts': '',
    'both/runner_adapter.js': '',
    'mixed/runner_adapter.ts': '',
    'mixed/runner_adapter.py': '',
  });
  const { projects, problems } = await findProjects([dir]);
  expect(projects.map(({ name, language }) => `${name} ${language}`)).toEqual(['both typescript']);
  expect(problems[0]?.error.message).toContain(
    'holds runner_adapter.ts and runner_adapter.py: a project has one adapter',
  );
});

test('a named folder without any project says what to add, or what was probably meant', async () => {
  const dir = makeFolder();
  writeFiles(dir, { 'near/runner_adaptor.ts': '' });
  mkdirSync(join(dir, 'empty'));
  writeFiles(dir, { 'plain.txt': '' });
  const { problems } = await findProjects([
    join(dir, 'empty'),
    join(dir, 'near'),
    join(dir, 'gone'),
    join(dir, 'plain.txt'),
  ]);
  expect(problems.map(({ error }) => error.code)).toEqual(problems.map(() => 'project_unsupported'));
  const [empty, near, gone, file] = problems.map(({ error }) => error.message);
  expect(empty).toMatch(
    /empty holds no adapter file, and no folder in it does: add runner_adapter\.ts, .*runner_adapter\.py/,
  );
  expect(near).toContain('was runner_adaptor.ts meant to be runner_adapter.ts?');
  expect(gone).toContain('gone does not exist');
  expect(file).toContain('plain.txt is no folder');
});

test('langpacks are found by language, and unknown ones say which there are', () => {
  const languages = langpacks.map(({ language }) => language);
  expect(languages.slice(0, 3)).toEqual(['typescript', 'javascript', 'python']);
  expect(getLangpack('python').manifest.adapterNames).toContain('runner_adapter.py');
  expect(() => getLangpack('cobol')).toThrow(
    `There is no langpack for cobol; there are ${languages.join(', ')}`,
  );
});
