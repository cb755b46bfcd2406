import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createProjectHost } from '../../src/host/index.js';
import { createProject, findProjects, getLangpack } from '../../src/langpack/index.js';
import { argument, describeProject, env, makeFolder } from './made-project.js';

interface TemplateTest {
  algorithm: string;
  args: Record<string, unknown>;
  result: unknown;
}

test.each(['typescript', 'javascript'])(
  'a new %s project is described, runs, and passes its own tests',
  async (language) => {
    const dir = join(makeFolder(), 'word-count');
    await createProject({ langpack: getLangpack(language), name: 'word-count', dir });
    const { projects } = await findProjects([dir]);
    const [project] = projects;
    if (!project) throw new Error('The template holds no project');
    const described = await describeProject(project);
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
      expect(tests.length).toBeGreaterThan(0);
    } finally {
      await host.close();
    }
  },
);
