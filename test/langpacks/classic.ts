import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProjectHost, type ProjectHost } from '../../src/host/index.js';
import { createProject, findProjects, getLangpack } from '../../src/langpack/index.js';
import type { RunOutcome, RunRequest } from '../../src/protocol/index.js';
import { env, makeFolder, writeFiles } from '../langpack/made-project.js';

/**
 * What a classic project does in every language. `source` is an `apply` that greets a text ("hello " and the text), gives
 * {length} for bytes, raises an OddWeather with the message `fail` for {fail}, the bytes 0, 1, 2, ... for {bytes: how
 * many}, and gives back everything else.
 */
export function describeClassic(language: string, source: string, stack: RegExp): void {
  describe(`a classic ${language} project`, () => {
    let host: ProjectHost;
    let count = 0;
    const run = (request: Pick<RunRequest, 'args' | 'contentType'>): Promise<RunOutcome> =>
      host.run({ id: `classic-${(count += 1)}`, algorithm: 'ann/echo', ...request });
    const valueOf = async (args: unknown): Promise<unknown> => {
      const outcome = await run({ args });
      if (!outcome.ok) throw new Error(outcome.error.message);
      return JSON.parse(outcome.resultJson);
    };

    beforeAll(async () => {
      const [place = ''] = [getLangpack(language).manifest.classic?.source ?? ''].flat();
      const path = place.replaceAll('__ALGO__', 'echo');
      const dir = makeFolder();
      writeFiles(dir, {
        'algorithmia.conf': JSON.stringify({ username: 'ann', algoname: 'echo', language }),
      });
      writeFiles(dir, { [path]: source });
      host = await openProject(dir);
    }, 600_000);
    afterAll(() => host?.close());

    it('is given text as text, and gives text', async () => {
      expect(await run({ args: 'algorithmia', contentType: 'text' })).toMatchObject({
        written: { contentType: 'text', json: '"hello algorithmia"' },
        // Of what the language prints by itself nothing reaches the caller.
        logs: [],
      });
    });

    const values = [{ a: [1, 'é', null, { b: true }] }, ['list'], 12.5, true, null, [], {}, [[1, 2], [3]]];
    it.each(values.map((value) => [JSON.stringify(value), value]))(
      'gives back %s as JSON',
      async (_, value) => {
        expect(await valueOf(value)).toEqual(value);
      },
    );

    it('is given bytes as bytes, and gives bytes', async () => {
      expect(await valueOf({ $binary: Buffer.from([0, 255, 10]).toString('base64') })).toEqual({ length: 3 });
      const outcome = await run({ args: { bytes: 256 } });
      expect(outcome).toMatchObject({ written: { contentType: 'binary' } });
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
      expect(await valueOf({ bytes: 256 })).toEqual({ $binary: bytes.toString('base64') });
    });

    it('fails with message, type and stack, and goes on', async () => {
      const outcome = await run({ args: { fail: 'it rains up' } });
      expect(outcome).toMatchObject({ error: { message: 'it rains up', errorType: 'OddWeather' } });
      expect(outcome.ok ? '' : outcome.error.stacktrace).toMatch(stack);
      expect(await valueOf([1])).toEqual([1]);
    });
  });

  it(`a new classic ${language} project passes its own tests`, async () => {
    const dir = join(makeFolder(), 'greeter');
    await createProject({
      langpack: getLangpack(language),
      kind: 'classic',
      name: 'greeter',
      user: 'ann',
      dir,
    });
    const host = await openProject(dir);
    const outcome = await host.run({
      id: 'new',
      algorithm: 'ann/greeter',
      args: 'algorithmia',
      contentType: 'text',
    });
    await host.close();
    expect(outcome).toMatchObject({ ok: true, resultJson: '"hello algorithmia"' });
  });
}

async function openProject(dir: string): Promise<ProjectHost> {
  const { projects, problems } = await findProjects([dir]);
  const [project] = projects;
  if (!project) throw problems[0]?.error ?? new Error(`${dir} holds no project`);
  const langpack = getLangpack(project.language);
  await langpack.setup(project, { env, machineEnv: process.env });
  return createProjectHost({
    described: await langpack.describe(project, { env, machineEnv: process.env }),
    env,
  });
}
