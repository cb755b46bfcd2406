import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openClassic } from './classic-fixture.js';
import { resultOf, runOn, until } from './host-fixture.js';

interface WhoAmI {
  pid: number;
  uid: number;
  cwd: string;
  tmp: string[];
  algoout: string;
  version: string | null;
}

const here = fileURLToPath(new URL('.', import.meta.url));
/** Open to every user, with all a program needs in it. */
let folder: string;
let program: string;
const running: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'classic tmp-'));
  chmodSync(folder, 0o755);
  // Where the package's own folder is two levels up from its code, as in the tree.
  program = join(folder, 'dist', 'host', 'program.mjs');
  cpSync(join(here, '..', '..', 'langpacks'), join(folder, 'langpacks'), { recursive: true });
  cpSync(join(here, 'fixtures', 'classic'), join(folder, 'project'), { recursive: true });
  const require =
    "import { createRequire as toRequire } from 'node:module'; const require = toRequire(import.meta.url);";
  await build({
    entryPoints: [join(here, 'classic-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: require },
  });
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the program by a command before it; gives what it says, by the word each line starts with. */
function start(before: string[], args: string[]): { child: ChildProcess; said: (word: string) => unknown[] } {
  const [command = '', ...rest] = [...before, process.execPath, program, join(folder, 'project'), ...args];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  running.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const said = (word: string): unknown[] =>
    lines
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => JSON.parse(line.slice(word.length + 1)) as unknown);
  return { child, said };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
}

/** Folders of this test's programs only: others may work on this machine too. */
function listTmpFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('runyard-tmp-'));
}

describe('a classic process', () => {
  it('has a /tmp of its own, with its FIFO and its project in it and nobody else', async () => {
    const host = await openClassic('pipe.py');
    const other = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', { op: 'litter' }))).toBe(true);
    const mine = (await resultOf(runOn(host, 'x', { op: 'whoami' }))) as WhoAmI;
    const others = (await resultOf(runOn(other, 'x', { op: 'whoami' }))) as WhoAmI;
    expect(mine.tmp).toEqual(expect.arrayContaining(['algoout', 'litter']));
    expect(others.tmp).not.toContain('litter');
    expect(mine).toMatchObject({ algoout: '/tmp/algoout', version: null, uid: process.getuid?.() });
    expect(mine.cwd).toBe(join(here, 'fixtures', 'classic'));
  });

  it('leaves nothing of it behind', async () => {
    const before = listTmpFolders();
    const host = await openClassic('pipe.py');
    expect(await resultOf(runOn(host, 'x', { op: 'litter' }))).toBe(true);
    const made = listTmpFolders().filter((name) => !before.includes(name));
    expect(made.length).toBeGreaterThan(0);
    await host.close();
    expect(listTmpFolders().filter((name) => made.includes(name))).toEqual([]);
  });

  it('whose parent was killed has its /tmp removed by the next one that starts', async () => {
    const before = listTmpFolders();
    const { child, said } = start([], ['pipe.sh', '[1]', 'stay']);
    await until('it runs', () => said('health').length === 1);
    const made = listTmpFolders().filter((name) => !before.includes(name));
    child.kill('SIGKILL');
    await ended(child);
    expect(listTmpFolders()).toEqual(expect.arrayContaining(made));
    await openClassic('pipe.sh');
    expect(listTmpFolders().filter((name) => made.includes(name))).toEqual([]);
  });

  it('works for a user without rights too, several at once', async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const before = process.getuid?.() === 0 ? asNobody : [];
    const programs = [1, 2, 3].map((number) => start(before, ['pipe.sh', JSON.stringify([number, 'é'])]));
    for (const { child } of programs) await ended(child);
    for (const [index, { said }] of programs.entries()) {
      expect(said('refused')).toEqual([]);
      expect(said('outcome').map((outcome) => (outcome as { resultJson: string }).resultJson)).toEqual([
        `{"content_type":"json","data":${index + 1}}`,
        '{"content_type":"json","data":"é"}',
      ]);
      expect(said('warning')).toEqual([]);
      expect(said('closed')).toEqual([true]);
    }
  });
});

describe('where no process may have a /tmp of its own', () => {
  /** A user namespace in which no other may be made, behind a `/tmp` that only these programs share, without any right. */
  const confine = (tmp: string): string[] => {
    const script =
      'mkdir -p "$1/$2" && mount --rbind "$2" "$1/$2" && mount --rbind "$1/tmp" /tmp && ' +
      'echo 0 > /proc/sys/user/max_user_namespaces && shift 2 && ' +
      'exec setpriv --bounding-set=-all --inh-caps=-all -- "$@"';
    return ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', tmp, folder];
  };

  it('one project runs in one process, says so, and a second one is refused', async () => {
    const tmp = join(folder, 'shared');
    mkdirSync(join(tmp, 'tmp'), { recursive: true });
    const inputs = '[1,2,3]';
    const first = start([...confine(tmp)], ['pipe.sh', inputs, 'stay']);
    await until('the first one runs', () => first.said('health').length + first.said('refused').length === 1);
    expect(first.said('refused')).toEqual([]);
    expect(first.said('warning')).toEqual([
      expect.stringContaining('lets no process have a /tmp of its own'),
    ]);
    expect(first.said('health')).toMatchObject([{ processes: 1, starts: 1, capacity: 1 }]);
    const second = start([...confine(tmp)], ['pipe.sh', inputs]);
    await ended(second.child);
    expect(second.said('refused')).toEqual([
      expect.stringContaining(`Process ${first.child.pid} runs a project`),
    ]);
    first.child.kill('SIGKILL');
    await ended(first.child);
    const third = start([...confine(tmp)], ['pipe.sh', inputs]);
    await ended(third.child);
    expect(third.said('refused')).toEqual([]);
    expect(third.said('outcome')).toHaveLength(3);
  });

  it('new code takes the place of the old in turn, never beside it', async () => {
    const tmp = join(folder, 'shared-replace');
    mkdirSync(join(tmp, 'tmp'), { recursive: true });
    const { child, said } = start([...confine(tmp)], ['pipe.sh', '[1]', 'replace']);
    await ended(child);
    expect(said('refused')).toEqual([]);
    const results = said('outcome').map((outcome) => (outcome as { resultJson?: string }).resultJson);
    expect(results).toEqual(
      [1, 'before', 'after'].map((data) => JSON.stringify({ content_type: 'json', data })),
    );
    expect(said('health')).toMatchObject([{ processes: 1, starts: 2, crashes: 0 }]);
  });
});
