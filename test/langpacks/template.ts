import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import { createProject, findProjects, getLangpack } from '../../src/langpack/index.js';
import { argument, env, makeFolder } from '../langpack/made-project.js';

interface TemplateTest {
  algorithm: string;
  args: Record<string, unknown>;
  result: unknown;
}

/** A new project of a language is described alike everywhere, and passes the tests it comes with. */
export function describeTemplate(language: string): void {
  it(`a new ${language} project is described, runs, and passes its own tests`, async () => {
    const dir = join(makeFolder(), 'word-count');
    const langpack = getLangpack(language);
    await createProject({ langpack, name: 'word-count', dir });
    const [project] = (await findProjects([dir])).projects;
    if (!project) throw new Error('The template holds no project');
    await langpack.setup(project, { env, machineEnv: process.env });
    const described = await langpack.describe(project, { env, machineEnv: process.env });
    expect(described.algorithms).toMatchObject([
      { name: 'word_count', description: 'Counts words and characters.' },
    ]);
    expect(argument(described.algorithms[0], 'times')).toEqual({
      type: 'integer',
      description: 'how often the text counts',
      minimum: 1,
      default: 1,
    });
    const tests = JSON.parse(readFileSync(join(dir, 'tests.json'), 'utf8')) as TemplateTest[];
    const host = await createProjectHost({ described, env });
    try {
      for (const { algorithm, args, result } of tests) {
        const outcome = await host.run({ id: JSON.stringify(args), algorithm, args });
        expect(outcome.ok && JSON.parse(outcome.resultJson)).toEqual(result);
      }
      expect(tests.length).toBeGreaterThan(1);
    } finally {
      await host.close();
    }
  });
}
