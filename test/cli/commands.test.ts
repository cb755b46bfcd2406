import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, runCli } from './cli-process.js';

const PORTS = ['--port', '0', '--discovery-port', '0', '--runner-port', '0'];
const ADAPTER = `
/** Adds two numbers. */
export function run_add(a: number, b: number = 1): number {
  console.log('adding');
  return a + b;
}
export function run_fail(): void {
  throw new TypeError('on purpose');
}
export const limits = { fail: { maxAttempts: 1 } };
export function* run_count(to: number): Generator<number> {
  for (let n = 1; n <= to; n++) yield n;
}
`;

let dir: string;
let yard: CliProcess;
let url: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runyard-cli-'));
  await mkdir(join(dir, 'projects', 'sums'), { recursive: true });
  await writeFile(join(dir, 'projects', 'sums', 'runner_adapter.ts'), ADAPTER);
  yard = new CliProcess(['up', 'projects', ...PORTS, '--watch'], { cwd: dir });
  [, url = ''] = await yard.waitFor(/gateway\s+(http:\S+)/);
});

afterAll(async () => {
  await yard.end();
});

const run = (args: string[], input?: string) =>
  runCli(args, { cwd: dir, env: { RUNYARD_URL: url }, ...(input !== undefined && { input }) });

describe('up', () => {
  it('prints what it found, with addresses', () => {
    expect(yard.stdout).toMatch(/✓ sums {2}typescript {2}http:\/\/127\.0\.0\.1:\d+/);
    expect(yard.stdout).toMatch(/add +Adds two numbers\./);
    expect(yard.stdout).toContain(`docs ${url}/docs`);
  });

  it('says which port is in use and how to choose another, and ends with 2', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = String((server.address() as AddressInfo).port);
    const { code, stderr } = await run([
      'up',
      'projects',
      '--port',
      port,
      '--discovery-port',
      '0',
      '--data',
      'other',
    ]);
    server.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`port ${port} on 127\\.0\\.0\\.1 is in use.*--port`));
  });

  it('refuses to listen beyond loopback without keys', async () => {
    const { code, stderr } = await run(['up', 'projects', ...PORTS, '--host', '0.0.0.0', '--data', 'other']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/runyard key NAME.*--no-keys/s);
  });

  it('tells of a broken adapter and a folder without one, and goes on with the others', async () => {
    await mkdir(join(dir, 'mixed', 'broken'), { recursive: true });
    await mkdir(join(dir, 'mixed', 'fine'), { recursive: true });
    await writeFile(
      join(dir, 'mixed', 'broken', 'runner_adapter.ts'),
      'export function run_x(f: () => void) { f(); }',
    );
    await writeFile(
      join(dir, 'mixed', 'fine', 'runner_adapter.ts'),
      'export function run_fine(): string { return "ok"; }',
    );
    const mixed = new CliProcess(['up', 'mixed', ...PORTS, '--data', 'other'], { cwd: dir });
    await mixed.waitFor(/gateway\s+http/);
    await mixed.end();
    expect(mixed.stdout).toMatch(/✗ broken: .*runner_adapter\.ts.*run_x.*f/s);
    expect(mixed.stdout).toMatch(/✓ fine/);
  });

  it('names a missing interpreter and what to do', async () => {
    await mkdir(join(dir, 'snake', 'p'), { recursive: true });
    await writeFile(join(dir, 'snake', 'p', 'runner_adapter.py'), 'def run_x() -> int:\n    return 1\n');
    const up = new CliProcess(['up', 'snake', ...PORTS, '--data', 'other'], {
      cwd: dir,
      env: { PATH: '/nonexistent' },
    });
    await up.waitFor(/gateway\s+http/);
    await up.end();
    expect(up.stdout).toMatch(/✗ p: .*[Pp]ython/);
  });

  it('ends with 0 after a signal, its work finished', async () => {
    const up = new CliProcess(['up', 'projects', ...PORTS, '--data', 'third'], { cwd: dir });
    const [, at = ''] = await up.waitFor(/gateway\s+(http:\S+)/);
    expect((await runCli(['run', 'add', '{"a": 1}', '--url', at])).stdout).toBe('2\n');
    expect(await up.end('SIGTERM')).toBe(0);
  });

  it('refuses a settings file with an unknown key, naming the nearest', async () => {
    await writeFile(join(dir, 'wrong.yaml'), 'gateway:\n  prot: 1\n');
    const { code, stderr } = await run(['up', '--config', 'wrong.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean port?');
  });
});

describe('run', () => {
  it('prints the result, and the algorithm’s own lines apart', async () => {
    const { code, stdout, stderr } = await run(['run', 'add', '{"a": 2, "b": 3}']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '5\n' });
    expect(stderr).toContain('adding');
  });

  it('takes a file and standard input', async () => {
    await writeFile(join(dir, 'input.json'), '{"a": 10}');
    expect((await run(['run', 'add', '@input.json'])).stdout).toBe('11\n');
    expect((await run(['run', 'add', '-'], '{"a": 20}')).stdout).toBe('21\n');
  });

  it('gives a stream whole', async () => {
    expect(JSON.parse((await run(['run', 'count', '{"to": 3}', '--json'])).stdout)).toEqual({
      result: [1, 2, 3],
    });
  });

  it('ends with 2 and names the field when the input is wrong', async () => {
    const { code, stderr } = await run(['run', 'add', '{"a": "x"}']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\b.*number/s);
  });

  it('ends with 2 when the input is no JSON, with an example', async () => {
    const { code, stderr } = await run(['run', 'add', '{a: 1}']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no JSON.*'\{"text": "hello"\}'/s);
  });

  it('ends with 1 when the algorithm raises', async () => {
    const { code, stderr } = await run(['run', 'fail']);
    expect(code).toBe(1);
    expect(stderr).toContain('on purpose');
  });

  it('ends with 3 and says how to start a yard when there is none', async () => {
    const { code, stderr } = await runCli(['run', 'add', '{"a": 1}', '--url', 'http://127.0.0.1:9']);
    expect(code).toBe(3);
    expect(stderr).toContain('runyard up');
  });
});

describe('submit and tasks', () => {
  it('follow a task to its result', async () => {
    const { code, stdout } = await run(['submit', 'add', '{"a": 5}', '--wait']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '6\n' });
  });

  it('show a dead task with its error and attempts, and redrive it', async () => {
    const { code, stderr } = await run(['submit', 'fail', '{}', '--wait']);
    expect(code).toBe(1);
    expect(stderr).toContain('on purpose');
    const [task] = JSON.parse((await run(['dead', 'list', '--json'])).stdout) as { id: string }[];
    const shown = await run(['dead', 'show', task?.id ?? '']);
    expect(shown.stdout).toMatch(/dead.*failed.*on purpose.*try 1/s);
    expect((await run(['dead', 'redrive', task?.id ?? ''])).code).toBe(0);
    expect((await run(['dead', 'redrive', '--all'])).stdout).toMatch(/\d+ redriven/);
    expect((await run(['dead', 'redrive'])).code).toBe(2);
  });

  it('list tasks in aligned columns', async () => {
    await run(['submit', 'add', '{"a": 5}', '--wait']);
    const { stdout } = await run(['tasks', '--algorithm', 'add']);
    const [head = '', first = ''] = stdout.split('\n');
    expect(head.indexOf('ALGORITHM')).toBe(first.indexOf('add'));
    expect(stdout).not.toContain('\u001b');
  });

  it('cancel a task', async () => {
    const { stdout } = await run(['submit', 'add', '{"a": 5}', '--run-at', '2999-01-01T00:00:00Z', '--json']);
    const { id } = JSON.parse(stdout) as { id: string };
    expect((await run(['tasks', id, '--cancel'])).stdout).toContain('cancelled');
  });

  it('say that there is no such task, with 2', async () => {
    expect((await run(['tasks', '01ARZ3NDEKTSV4RRFFQ69G5FAV'])).code).toBe(2);
  });
});

describe('algorithms and schemas', () => {
  it('list what there is', async () => {
    expect((await run(['algorithms'])).stdout).toMatch(/add +a, b\? +unary/);
    const schema = JSON.parse((await run(['schemas', 'add'])).stdout) as { title: string };
    expect(schema.title).toBe('AlgorithmRequestModel_add');
    expect((await run(['schemas', 'nothing'])).code).toBe(2);
  });
});

describe('new and test', () => {
  it.each(['typescript', 'javascript', 'python'])(
    'make a %s project that runs and whose test passes',
    async (language) => {
      const name = `my-${language}`;
      expect((await run(['new', language, name])).code).toBe(0);
      const tested = await run(['test', name]);
      expect(tested.stdout + tested.stderr).toMatch(/[1-9]\d* passed, 0 failed/);
      expect(tested.code).toBe(0);
      expect((await run(['new', language, name])).code).not.toBe(0);
    },
  );

  it('fail a case that does not hold, saying what came', async () => {
    await run(['new', 'javascript', 'wrong']);
    const path = join(dir, 'wrong', 'tests.json');
    const cases = JSON.parse(await readFile(path, 'utf8')) as { result: unknown }[];
    await writeFile(path, JSON.stringify(cases.map((one) => ({ ...one, result: 'something else' }))));
    const { code, stdout } = await run(['test', 'wrong']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/expected "something else", came/);
  });
});

describe('help', () => {
  it.each([
    'up',
    'run',
    'submit',
    'tasks',
    'dead',
    'algorithms',
    'schemas',
    'new',
    'test',
    'discovery',
    'runner',
    'controller',
    'gateway',
    'key',
  ])('of %s shows an example', async (command) => {
    const { code, stdout } = await run([command, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Example:\n {2}runyard /);
  });

  it('comes with a wrong flag, and the nearest right one', async () => {
    const { code, stderr } = await run(['up', '--prot', '1']);
    expect(code).toBe(2);
    expect(stderr).toContain('--port');
  });
});

describe('key', () => {
  it('makes a key that the gateway takes, and nothing else', async () => {
    const { key, hash } = JSON.parse((await run(['key', 'ci', '--json'])).stdout) as {
      key: string;
      hash: string;
    };
    await writeFile(join(dir, 'keys.yaml'), `auth:\n  keys:\n    - { name: ci, hash: "${hash}" }\n`);
    const up = new CliProcess(['up', 'projects', ...PORTS, '--data', 'keyed', '--config', 'keys.yaml'], {
      cwd: dir,
    });
    const [, at = ''] = await up.waitFor(/gateway\s+(http:\S+)/);
    const withKey = await runCli(['run', 'add', '{"a": 1}', '--url', at, '--key', key]);
    const without = await runCli(['run', 'add', '{"a": 1}', '--url', at]);
    await up.end();
    expect(withKey.stdout).toBe('2\n');
    expect(without.code).toBe(2);
    expect(without.stderr).toContain('unauthorized');
  });
});
