import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser } from 'dockerfile-ast';
import { expect, test } from 'vitest';
import { resolveSettings } from '../../src/config/index.js';
import { createProject, langpacks } from '../../src/langpack/index.js';
import { writeDockerfile } from '../../src/yard/index.js';
import { makeFolder } from '../langpack/made-project.js';

const settings = resolveSettings([]);

test.each(langpacks.map((langpack) => ({ language: langpack.language, langpack })))(
  'the Dockerfile of a new $language project keeps packages apart from code and runs as nobody special',
  async ({ langpack }) => {
    const dir = join(makeFolder(), 'word-count');
    await createProject({ langpack, name: 'word-count', dir });
    const [dependency] = langpack.manifest.dependencies ?? [];
    if (dependency !== undefined) writeFileSync(join(dir, dependency), '');
    const output = join(dir, 'Dockerfile');
    const text = await writeDockerfile({ dir, output, libraries: [], uid: 1, settings, cwd: dir });
    const file = DockerfileParser.parse(text);
    const instructions = file.getInstructions();
    expect(instructions.map((one) => one.getKeyword()).join(' ')).toMatch(
      /^ARG FROM USER ENV (RUN )?WORKDIR (COPY RUN )?COPY RUN FROM USER (RUN )?USER COPY ENV EXPOSE CMD$/,
    );
    expect(file.getFROMs().map((from) => from.getImage())).toEqual(['${RUNYARD}', '${RUNYARD}']);
    const users = instructions.filter((one) => one.getKeyword() === 'USER');
    expect(users.at(-1)?.getArgumentsContent()).toBe('10001:10001');
    if (langpack.manifest.fetch !== undefined) {
      expect(text.indexOf(langpack.manifest.fetch.slice(0, 10))).toBeLessThan(text.indexOf('COPY . .'));
      expect(text.indexOf(langpack.manifest.fetch.slice(0, 10))).toBeGreaterThan(0);
    }
  },
);
