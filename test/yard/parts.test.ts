import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { CliProcess } from '../cli/cli-process.js';
import { until } from '../until.js';

const ADAPTER = `
export async function run_work(value: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 20));
  return value + 1;
}
`;

const parts = new Map<string, { args: string[]; cli: CliProcess }>();
afterEach(async () => {
  await Promise.all([...parts.values()].map(({ cli }) => cli.end('SIGKILL')));
  parts.clear();
});

it('killing pipes, a runner, discovery and a controller in turn loses nothing, and what is started again rejoins by itself', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'runyard-parts-'));
  await mkdir(join(dir, 'work'));
  await writeFile(join(dir, 'work', 'runner_adapter.ts'), ADAPTER);
  const data = ['--data', join(dir, 'data')];
  const discoveryPort = String(await freePort());
  const discovery = ['--discovery', `http://127.0.0.1:${discoveryPort}`];
  // The worst order: what needs the others comes first.
  const gateway = start('gateway', ['gateway', '--port', '0', ...data, ...discovery]);
  start('controller-a', ['controller', ...data, ...discovery]);
  start('controller-b', ['controller', ...data, ...discovery]);
  start('runner-a', ['runner', join(dir, 'work'), '--port', '0', ...discovery]);
  start('runner-b', ['runner', join(dir, 'work'), '--port', '0', ...discovery]);
  start('discovery', ['discovery', '--port', discoveryPort]);
  const [, url = ''] = await gateway.waitFor(/gateway (http:\S+)/);
  const client = createClient({ url });
  await until('both runners are known', async () => {
    const [work] = await client.algorithms();
    return work?.runners.length === 2;
  });

  const accepted = new Map<string, number>();
  const stop = new AbortController();
  const load = submitUntil(client, accepted, stop.signal);
  for (const name of ['runner-a', 'discovery', 'controller-a', 'runner-b', 'controller-b', 'pipes']) {
    const before = accepted.size;
    await until('work goes on', () => accepted.size > before + 20);
    if (name === 'pipes') killPipes('runner-a');
    else await killAndRestart(name);
  }
  const atTheEnd = accepted.size;
  await until('work goes on after the last', () => accepted.size > atTheEnd + 20);
  stop.abort();
  await load;

  for (const [id, value] of accepted) {
    const task = await client.wait(id);
    expect(task, id).toMatchObject({ state: 'succeeded', result: value + 1 });
  }
}, 400_000);

function start(name: string, args: string[]): CliProcess {
  const cli = new CliProcess(args);
  parts.set(name, { args, cli });
  return cli;
}

async function killAndRestart(name: string): Promise<void> {
  const part = parts.get(name);
  if (part === undefined) throw new Error(`no part ${name}`);
  await part.cli.end('SIGKILL');
  const again = start(name, part.args);
  await again.waitFor(/runner|discovery|controller/);
}

/** Ends every process below a runner. */
function killPipes(name: string): void {
  const pid = parts.get(name)?.cli.child.pid;
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  const pids = children
    .trim()
    .split(/\s+/)
    .map(Number)
    .filter((one) => one > 0);
  expect(pids.length).toBeGreaterThan(0);
  for (const one of pids) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // ended by itself between listing and killing
    }
  }
}

async function submitUntil(
  client: RunyardClient,
  accepted: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  for (let value = 0; !signal.aborted; value++) {
    const { id } = await client.submit('work', { value });
    accepted.set(id, value);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
