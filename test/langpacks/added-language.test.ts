import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess } from '../cli/cli-process.js';

/** A file as docs/langpacks.md shows it: a block whose first line carries its path. */
const FILE = /```\w+ title="langpacks\/([^"]+)"\n([^]*?)\n```/g;

describe('the language that docs/langpacks.md adds', () => {
  let dir = '';
  const run = async (...args: string[]): Promise<{ code: number | null; said: string }> => {
    const cli = new CliProcess(args, { cwd: dir, env: { RUNYARD_LANGPACKS_DIRS: join(dir, 'langpacks') } });
    const code = await cli.ended();
    return { code, said: cli.stdout + cli.stderr };
  };

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'runyard-added-language-'));
    const page = readFileSync(new URL('../../docs/langpacks.md', import.meta.url), 'utf8');
    for (const [, name = '', content = ''] of page.matchAll(FILE)) {
      const path = join(dir, 'langpacks', name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${content}\n`);
    }
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('makes projects whose tests pass', async () => {
    expect((await run('new', 'perl', 'counter')).code).toBe(0);
    const tested = await run('test', 'counter');
    expect(tested.said).toContain('1 passed');
    expect(tested.code).toBe(0);
  });

  it('describes a project anew when it changed, and says what is wrong with it', async () => {
    const adapter = join(dir, 'counter', 'runner_adapter.pl');
    const text = readFileSync(adapter, 'utf8');
    writeFileSync(adapter, text.replace('{string}', '{word}'));
    const broken = await run('test', 'counter');
    expect(broken.code).not.toBe(0);
    expect(broken.said).toContain('runner_adapter.pl:6: run_counter: expected @param NAME');
    writeFileSync(adapter, text.replace('scalar @words', '2 * @words'));
    expect((await run('test', 'counter')).said).toContain('expected 3, came 6');
    writeFileSync(adapter, text);
  });

  it('checks input by the schema it gave', async () => {
    const cases = [{ algorithm: 'counter', args: { text: 5 }, error: 'invalid_input' }];
    writeFileSync(join(dir, 'counter', 'tests.json'), JSON.stringify(cases));
    expect(await run('test', 'counter')).toMatchObject({ code: 0 });
  });

  it('is refused with file and key when its manifest is wrong', async () => {
    const manifest = join(dir, 'langpacks', 'perl', 'langpack.json');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, text.replace('"sources"', '"source"'));
    const { code, said } = await run('new', 'perl', 'other');
    expect(code).not.toBe(0);
    expect(said).toMatch(/perl\/langpack\.json: source must NOT have additional properties/);
    writeFileSync(manifest, text);
  });
});
