import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DockerfileParser, Env } from 'dockerfile-ast';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findLibrary, readLibrary, writeLibraryImage } from '../../src/images/index.js';
import { packageRoot } from '../../src/langpack/index.js';
import { ImageTree, readValue } from './image-tree.js';

const OWN = join(packageRoot, 'libraries');

describe('the Dockerfile of libraries', () => {
  let dir = '';
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'runyard-images-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const library = (name: string, files: Record<string, unknown>): string => {
    mkdirSync(join(dir, name));
    for (const [file, content] of Object.entries(files)) {
      writeFileSync(join(dir, name, file), typeof content === 'string' ? content : JSON.stringify(content));
    }
    return join(dir, name);
  };
  const render = async (dirs: string[], more: { template?: string; uid?: number } = {}): Promise<string> => {
    const libraries = await Promise.all(dirs.map(readLibrary));
    return writeLibraryImage({
      libraries,
      uid: 1001,
      context: dir,
      output: join(dir, 'Dockerfile'),
      ...more,
    });
  };
  const keywords = (text: string): string[] =>
    DockerfileParser.parse(text)
      .getInstructions()
      .map((one) => one.getKeyword());

  it('installs them in the order given, each script in a layer, variables after it', async () => {
    const config = { env_variables: { A: 'one' }, install_scripts: ['first.sh', 'second.sh'] };
    const two = library('two', { 'first.sh': '', 'second.sh': '', 'config.json': config });
    const text = await render([two, library('one', { 'install.sh': '' })]);
    expect(keywords(text)).toEqual('FROM COPY RUN RUN ENV COPY RUN RUN WORKDIR USER'.split(' '));
    expect(text.indexOf('two/first.sh')).toBeLessThan(text.indexOf('two/second.sh'));
    expect(text.indexOf('ENV A="one"')).toBeLessThan(text.indexOf('one/install.sh'));
    expect(text).toContain('useradd --uid 1001');
    expect(readFileSync(join(dir, 'Dockerfile'), 'utf8')).toBe(text);
  });

  it.each([
    ['a plain text', 'plain text'],
    ['quotes and a backslash', 'say "hi" \\ there'],
    ['what would be a command', '"; RUN rm -rf / #'],
    ['a dollar that names nothing', 'costs 5$ or $5'],
  ])('keeps a value as it is: %s', async (_, value) => {
    const text = await render([
      library('a', { 'install.sh': '', 'config.json': { env_variables: { A: value } } }),
    ]);
    const [env] = DockerfileParser.parse(text)
      .getInstructions()
      .filter((one) => one instanceof Env);
    const [property] = env?.getProperties() ?? [];
    expect(property && readValue(property)).toBe(value);
    expect(keywords(text)).toEqual('FROM COPY RUN ENV RUN WORKDIR USER'.split(' '));
  });

  it('leaves references to other variables to docker', async () => {
    const variables = { PATH: '/opt/a/bin:$PATH', HERE: '${HOME}/a', COST: '\\$HOME' };
    const text = await render([
      library('a', { 'install.sh': '', 'config.json': { env_variables: variables } }),
    ]);
    expect(text).toContain('ENV PATH="/opt/a/bin:$PATH"\nENV HERE="${HOME}/a"\nENV COST="\\$HOME"');
  });

  it.each([
    ['no JSON', '{', /config\.json is no JSON/],
    ['a list', [], /config\.json must hold an object/],
    [
      'an unknown key',
      { env: {} },
      /config\.json: unknown key "env"; expected env_variables or install_scripts/,
    ],
    ['a value of several lines', { env_variables: { A: 'a\nRUN x' } }, /env_variables\.A must be one line/],
    ['a value that is no text', { env_variables: { A: {} } }, /env_variables\.A must be a text or a number/],
    ['a name that is none', { env_variables: { 'A B': 'x' } }, /env_variables: "A B" is no name/],
    ['scripts that are no list', { install_scripts: 'a.sh' }, /install_scripts must be a list/],
    [
      'a script elsewhere',
      { install_scripts: ['../a.sh'] },
      /install_scripts\[0\] must be in the library’s own/,
    ],
    [
      'a script that is not there',
      { install_scripts: ['b.sh'] },
      /install_scripts\[0\]: there is no .*b\.sh/,
    ],
  ])('refuses a config.json with file and key: %s', async (_, config, message) => {
    await expect(readLibrary(library('a', { 'install.sh': '', 'config.json': config }))).rejects.toThrow(
      message,
    );
  });

  it('refuses a folder without install.sh, and one that is not there', async () => {
    await expect(readLibrary(library('a', {}))).rejects.toThrow(/there is no .*install\.sh/);
    await expect(readLibrary(join(dir, 'b'))).rejects.toThrow(/b is no library/);
  });

  it('takes a template of the user’s own, and refuses one without a place for libraries', async () => {
    const own = library('a', { 'install.sh': '' });
    const template = join(dir, 'template');
    writeFileSync(template, 'FROM ubuntu:22.04\n{{libraries}}\nUSER {{uid}}\n');
    expect(await render([own], { template, uid: 77 })).toMatch(/^FROM ubuntu:22.04\n[^]*\nUSER 77\n$/);
    writeFileSync(template, 'FROM ubuntu:22.04\n');
    await expect(render([own], { template })).rejects.toThrow(/has no place for the libraries/);
    await expect(render([own], { uid: 0 })).rejects.toThrow(/user id must be from 1/);
  });

  it('has the libraries of the package by name; every one of them can be read', async () => {
    expect(findLibrary('tesseract', dir, OWN)).toBe(join(OWN, 'tesseract'));
    const names = readdirSync(OWN);
    expect(names.length).toBeGreaterThan(15);
    const text = await render(names.map((name) => join(OWN, name)));
    expect(keywords(text).filter((one) => one === 'COPY')).toHaveLength(names.length);
  });

  it('installs what it says, on a Debian system of its own', { timeout: 600_000 }, async () => {
    const text = await render(['python3-runtime', 'tesseract'].map((name) => join(OWN, name)));
    const tree = new ImageTree(join(dir, 'system'));
    tree.build(text, dir);
    expect(tree.run('tesseract', '--list-langs')).toContain('eng');
    expect(tree.run('python3', '-c', 'import os; print(os.environ["OMP_THREAD_LIMIT"])')).toBe('1\n');
    expect(tree.run('id', '-u', 'algo')).toBe('1001\n');
  });
});
