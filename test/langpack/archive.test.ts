import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createProject, getLangpack } from '../../src/langpack/index.js';
import { silentLogger } from '../../src/telemetry/index.js';
import { buildProject, testProject } from '../../src/yard/index.js';
import { makeFolder } from './made-project.js';

const settings = resolveSettings([]);
const { env } = process;

/** Another program's reading of the archive, permissions included. */
const UNPACK = `
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    for info in archive.infolist():
        path = archive.extract(info, sys.argv[2])
        os.chmod(path, info.external_attr >> 16 & 0o777)
`;

function unpack(archive: string, dir: string): string {
  mkdirSync(dir);
  const { status, stderr } = spawnSync('python3', ['-c', UNPACK, archive, dir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return dir;
}

async function failures(dir: string): Promise<unknown> {
  const results = await testProject({ dir, settings, env, logger: silentLogger });
  expect(results.length).toBeGreaterThan(0);
  return results.filter(({ passed }) => !passed);
}

const languages = ['typescript', 'javascript', 'python', 'go', 'rust', 'cpp', 'java'];
const kinds = ['adapter', 'classic'] as const;

describe.each(languages.flatMap((language) => kinds.map((kind) => ({ language, kind }))))(
  'the archive of a new $language project of kind $kind',
  ({ language, kind }) => {
    test('runs elsewhere, when the project itself is gone', async () => {
      const folder = makeFolder();
      const dir = join(folder, "word's count");
      await createProject({ langpack: getLangpack(language), kind, name: 'word-count', dir });
      expect(await failures(dir)).toEqual([]);
      const output = join(folder, 'made.zip');
      const archive = await buildProject({ dir, output, settings, env });
      expect(archive.files).toBeGreaterThan(5);
      rmSync(dir, { recursive: true });
      const unpacked = unpack(output, join(folder, 'un packed'));
      expect(statSync(join(unpacked, 'bin/pipe')).mode & 0o111).toBe(0o111);
      expect(await failures(unpacked)).toEqual([]);
    });
  },
);

test('the same project gives the same archive, byte for byte', async () => {
  const folder = makeFolder();
  const dir = join(folder, 'same');
  await createProject({ langpack: getLangpack('python'), name: 'same', dir });
  const outputs = [join(folder, 'one.zip'), join(folder, 'two.zip')];
  for (const output of outputs) await buildProject({ dir, output, settings, env });
  const [one, two] = outputs.map((path) => readFileSync(path).toString('base64'));
  expect(one).toBe(two);
});

test('files beside the source come along and are found; hidden ones stay, and links without an end', async () => {
  const folder = makeFolder();
  const dir = join(folder, 'words');
  await createProject({ langpack: getLangpack('typescript'), kind: 'classic', name: 'words', dir });
  writeFileSync(
    join(dir, 'src/words.ts'),
    `import { readFileSync } from 'node:fs';
     import { join } from 'node:path';
     export const apply = () => readFileSync(join(import.meta.dirname, '../data/word.txt'), 'utf8');`,
  );
  mkdirSync(join(dir, 'data'));
  writeFileSync(join(dir, 'data/word.txt'), 'found');
  writeFileSync(join(dir, '.secret'), 'not for others');
  writeFileSync(join(dir, 'data/.env'), 'nor this');
  symlinkSync('..', join(dir, 'data/around'));
  symlinkSync('/not/there', join(dir, 'data/nowhere'));
  writeFileSync(join(dir, 'tests.json'), '[{"algorithm": "words", "args": null, "result": "found"}]');
  await buildProject({ dir, settings, env });
  const unpacked = unpack(join(dir, 'algorithm.zip'), join(folder, 'unpacked'));
  rmSync(dir, { recursive: true });
  expect(await failures(unpacked)).toEqual([]);
  expect(readdirSync(join(unpacked, 'data'))).toEqual(['word.txt']);
  expect(() => statSync(join(unpacked, '.secret'))).toThrow();
});

test('an archive whose manifest was damaged is refused, with advice', async () => {
  const dir = makeFolder();
  writeFileSync(join(dir, 'runyard-archive.json'), '{"runyard": 2}');
  await expect(testProject({ dir, settings, env, logger: silentLogger })).rejects.toThrow(
    /runyard-archive\.json is wrong .*build the archive again/,
  );
});
