import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createProject, langpacks } from '../../src/langpack/index.js';
import { silentLogger } from '../../src/telemetry/index.js';
import { testProject } from '../../src/yard/index.js';
import { makeFolder } from '../langpack/made-project.js';

const settings = resolveSettings([]);
const cases = langpacks.flatMap((langpack) => [
  { langpack, language: langpack.language, kind: 'adapter' as const },
  ...(langpack.manifest.classic ? [{ langpack, language: langpack.language, kind: 'classic' as const }] : []),
]);

test.each(cases)(
  'a new $language project of kind $kind runs in namespaces of its own',
  { timeout: 600_000 },
  async ({ langpack, kind }) => {
    const dir = join(makeFolder(), 'word-count');
    await createProject({ langpack, kind, name: 'word-count', dir });
    writeFileSync(join(dir, 'runyard.yaml'), 'sandbox:\n  level: namespace\n');
    const results = await testProject({ dir, settings, env: process.env, logger: silentLogger });
    expect(results.length).toBeGreaterThan(0);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  },
);
