import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { until } from '../until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

async function findPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return String(port);
}

const started: ReturnType<typeof spawn>[] = [];

afterEach(() => {
  for (const child of started) child.kill('SIGTERM');
});

function npmStart(args: string[]): { child: ReturnType<typeof spawn>; read: () => string } {
  const child = spawn('npm', ['start', '--', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let output = '';
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
  return { child, read: () => output };
}

it('npm start shows the examples, watches also without a terminal, refuses a second one, and ends with npm', async () => {
  const data = await mkdtemp(join(tmpdir(), 'runyard-start-'));
  const port = await findPort();
  const ports = ['--port', port, '--discovery-port', '0', '--runner-port', '0'];
  const { child, read } = npmStart([...ports, '--data', data]);
  await until(read, () => read().includes('The yard stays up'));
  expect(read()).toContain('DEPLOYED ON FRIDAY');
  await until(read, () => read().includes('save a file and it is live'));

  const second = npmStart([...ports, '--data', data]);
  const [code] = (await once(second.child, 'exit')) as [number | null];
  expect(code).toBe(2);
  expect(second.read()).toContain(`Something answers at http://127.0.0.1:${port} already`);

  child.kill('SIGTERM');
  await once(child, 'exit');
  await until('nothing answers any more', async () =>
    fetch(`http://127.0.0.1:${port}/health`).then(
      () => false,
      () => true,
    ),
  );
  await rm(data, { recursive: true });
});
