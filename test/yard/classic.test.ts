import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { resolveSettings } from '../../src/config/index.js';
import { createMetrics, silentLogger } from '../../src/telemetry/index.js';
import { createYard, openRunnerAlone, type Yard } from '../../src/yard/index.js';

const PIPES = fileURLToPath(new URL('../host/fixtures/classic', import.meta.url));

let folder: string;
let yard: Yard;
let client: RunyardClient;
const closing: (() => unknown)[] = [];

/** A project as an original langpack leaves it. */
function createProject(name: string, pipe: string): string {
  const dir = join(folder, 'projects', name);
  mkdirSync(join(dir, 'bin'), { recursive: true });
  cpSync(join(PIPES, pipe), join(dir, 'bin', 'pipe'));
  chmodSync(join(dir, 'bin', 'pipe'), 0o755);
  writeFileSync(join(dir, 'algorithmia.conf'), JSON.stringify({ username: 'ann', algoname: name }));
  return dir;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'runyard-classic-'));
  for (const [name, pipe] of [
    ['python', 'pipe.py'],
    ['node', 'pipe.mjs'],
    ['shell', 'pipe.sh'],
  ] as const) {
    createProject(name, pipe);
  }
  const telemetry = { logger: silentLogger, metrics: createMetrics() };
  const settings = resolveSettings([
    {
      name: 'test',
      values: {
        gateway: { port: 0 },
        discovery: { port: 0 },
        runner: { port: 0 },
        pool: { maxProcesses: 2 },
      },
    },
  ]);
  yard = await createYard({
    dirs: [join(folder, 'projects')],
    settings,
    dataDir: join(folder, 'data'),
    env: { PATH: process.env.PATH },
    watch: false,
    allowNoKeys: false,
    onEvent: () => undefined,
    version: '0.0.0',
    ...telemetry,
  });
  closing.push(() => yard.close());
  // One more that is reached over HTTP only.
  const outside = mkdtempSync(join(tmpdir(), 'runyard-classic-'));
  closing.push(() => rmSync(outside, { recursive: true, force: true }));
  const dir = createProject('far', 'pipe.py');
  cpSync(dir, join(outside, 'far'), { recursive: true });
  rmSync(dir, { recursive: true });
  const runner = await openRunnerAlone({
    dir: join(outside, 'far'),
    settings: resolveSettings([
      { name: 'test', values: { runner: { port: 0 }, discovery: { urls: [yard.discoveryUrl] } } },
    ]),
    env: { PATH: process.env.PATH },
    version: '0.0.0',
    onProgress: () => undefined,
    logger: silentLogger,
    metrics: createMetrics(),
  });
  closing.push(() => runner.close());
  client = createClient({ url: yard.gatewayUrl });
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

describe('classic projects in a yard', () => {
  it('are offered with their owner and without, several at once', async () => {
    const names = (await client.algorithms()).map(({ name }) => name);
    expect(names.sort()).toEqual(
      ['ann/far', 'ann/node', 'ann/python', 'ann/shell', 'far', 'node', 'python', 'shell'].sort(),
    );
  });

  it.each(['ann/python', 'python', 'ann/node', 'node', 'ann/shell', 'shell', 'ann/far', 'far'])(
    '%s is run, and has tasks, with any value',
    async (algorithm) => {
      for (const data of ['algorithmia', 7, null, [1, { two: 'ü' }], { a: 1 }]) {
        expect(await client.run(algorithm, data)).toEqual({ content_type: 'json', data });
      }
      const { id } = await client.submit(algorithm, ['task']);
      expect(await client.wait(id)).toMatchObject({
        state: 'succeeded',
        payload: ['task'],
        result: { content_type: 'json', data: ['task'] },
      });
    },
  );

  it.each(['python', 'far'])(
    '%s tells text, JSON and bytes apart, from the caller to the child',
    async (name) => {
      const run = async (path: string, type: string, body: string | Buffer): Promise<unknown> => {
        const response = await fetch(yard.gatewayUrl + path, {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        });
        return ((await response.json()) as { result: unknown }).result;
      };
      for (const path of [`/run/ann/${name}`, `/v1/algo/ann/${name}`]) {
        expect(await run(path, 'text/plain', 'täxt')).toEqual({ content_type: 'text', data: 'täxt' });
        expect(await run(path, 'application/json', '"täxt"')).toEqual({ content_type: 'json', data: 'täxt' });
        expect(await run(path, 'application/octet-stream', Buffer.from([0, 255]))).toEqual({
          content_type: 'binary',
          data: 'AP8=',
        });
      }
      const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('base64');
      expect(await client.run(name, { op: 'bytes' })).toEqual({ $binary: bytes });
      expect(await run(`/v1/algo/ann/${name}`, 'application/json', '{"op":"bytes"}')).toBe(bytes);
    },
  );

  it.each(['python', 'far'])(
    '%s fails with its own error, and with SystemExit when it dies',
    async (name) => {
      const raised = client.run(name, { op: 'fail', message: 'no', error_type: 'InvalidInput' });
      await expect(raised).rejects.toMatchObject({ code: 'algorithm_error', class: 'failed' });
      const died = client.run(name, { op: 'exit', code: 3 });
      await expect(died).rejects.toMatchObject({ code: 'process_died', message: 'exited with code 3' });
      expect(await client.run(name, 1)).toEqual({ content_type: 'json', data: 1 });
    },
  );
});
