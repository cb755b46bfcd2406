import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createProjectHost, type ProjectHost, type SandboxOptions } from '../../src/host/index.js';
import type { RunOutcome } from '../../src/protocol/index.js';
import { FIXTURES } from './host-fixture.js';

const MIB = 1024 * 1024;
/** The interpreter itself, not a script that looks for it. */
const PYTHON = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
  encoding: 'utf8',
}).stdout.trim();

/** Two projects beside each other, and something of the machine's own. */
class Neighbours {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'runyard-sandbox-')));
  readonly own = join(this.root, 'own');
  readonly other = join(this.root, 'other');
  readonly secret = join(this.other, 'secret.txt');

  constructor() {
    for (const dir of [this.own, this.other]) mkdirSync(dir);
    writeFileSync(join(this.own, 'data.txt'), 'mine');
    writeFileSync(this.secret, 'not yours');
    copyFileSync(join(FIXTURES, 'escape.py'), join(this.own, 'escape.py'));
  }

  async open(sandbox: Partial<SandboxOptions>): Promise<ProjectHost> {
    const adapter = join(this.own, 'escape.py');
    return createProjectHost({
      described: {
        project: { kind: 'adapter', dir: this.own, name: 'own', language: 'python', adapter },
        algorithms: [{ name: 'try', input: true, mode: 'unary', limits: {} }],
        launch: { command: PYTHON, args: [adapter], cwd: this.own, env: {} },
        sources: [],
        fingerprint: '1',
      },
      env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
      pool: { minProcesses: 1, maxProcesses: 1 },
      sandbox: {
        level: 'namespace',
        network: false,
        memoryBytes: 256 * MIB,
        maxProcesses: 20,
        tmpBytes: 8 * MIB,
        readable: [],
        writable: [],
        ...sandbox,
      },
    });
  }
}

let count = 0;
async function attempt(host: ProjectHost, name: string, ...values: unknown[]): Promise<RunOutcome> {
  return host.run({
    id: `run-${(count += 1)}`,
    algorithm: 'try',
    args: { attempt: name, with: values },
    timeoutMs: 60_000,
  });
}

function said(outcome: RunOutcome): unknown {
  return outcome.ok ? JSON.parse(outcome.resultJson) : (outcome.error.errorType ?? outcome.error.code);
}

describe('a project in namespaces of its own', () => {
  let neighbours: Neighbours;
  let host: ProjectHost;
  beforeAll(async () => {
    neighbours = new Neighbours();
    host = await neighbours.open({});
  });
  afterAll(async () => {
    await host.close();
    rmSync(neighbours.root, { recursive: true, force: true });
  });

  it('reads its own files, and cannot write to them', async () => {
    expect(said(await attempt(host, 'read', join(neighbours.own, 'data.txt')))).toBe('mine');
    expect(said(await attempt(host, 'write', join(neighbours.own, 'data.txt')))).toBe(
      'Read-only file system',
    );
  });

  it('cannot see another project, nor what only the system may read', async () => {
    expect(said(await attempt(host, 'read', neighbours.secret))).toBe('No such file or directory');
    expect(said(await attempt(host, 'listing', neighbours.root))).toEqual(['own']);
    for (const path of ['/etc/shadow', '/root/.bashrc', '/var/log', '/sys/kernel', '/home']) {
      expect(said(await attempt(host, 'read', path)), path).toBe('No such file or directory');
    }
    expect(said(await attempt(host, 'read', `/proc/${process.pid}/environ`))).toBe(
      'No such file or directory',
    );
  });

  it('cannot write to the system, and writes to a /tmp that nobody else sees', async () => {
    for (const path of ['/usr/bin/new', '/etc/new', '/new']) {
      expect(['Read-only file system', 'Permission denied'], path).toContain(
        said(await attempt(host, 'write', path)),
      );
      expect(existsSync(path)).toBe(false);
    }
    expect(said(await attempt(host, 'write', '/tmp/runyard-sandbox-test'))).toBe('written');
    expect(existsSync('/tmp/runyard-sandbox-test')).toBe(false);
  });

  it('cannot fill the disk', async () => {
    expect(said(await attempt(host, 'fill', '/tmp/large', 100))).toBe('No space left on device');
  });

  it('has no network, not even the loopback of the machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    expect(said(await attempt(host, 'connect', '127.0.0.1', port))).not.toBe('connected');
    const open = await neighbours.open({ network: true });
    onTestFinished(() => open.close());
    expect(said(await attempt(open, 'connect', '127.0.0.1', port))).toBe('connected');
  });

  it('cannot signal its parent, which has no number in there', async () => {
    expect(said(await attempt(host, 'kill', process.pid))).toBe('No such process');
    expect([0, 1, 2]).toContain(said(await attempt(host, 'parent')));
  });

  it('sees of the environment what it was given', async () => {
    const visible = said(await attempt(host, 'environment')) as Record<string, string>;
    expect(Object.keys(visible).sort()).toEqual(
      expect.arrayContaining(['ALGOOUT', 'HOME', 'PATH', 'RUNYARD_PIPE', 'TMPDIR']),
    );
    expect(visible['HOME']).toBe('/tmp');
    expect(JSON.stringify(visible)).not.toContain('RUNYARD_TEST_PYTHON');
  });

  it('reads and writes what it is allowed beyond that', async () => {
    const more = await neighbours.open({ readable: [neighbours.other], writable: [neighbours.own] });
    onTestFinished(() => more.close());
    expect(said(await attempt(more, 'read', neighbours.secret))).toBe('not yours');
    expect(said(await attempt(more, 'write', join(neighbours.other, 'x')))).toBe('Read-only file system');
    expect(said(await attempt(more, 'write', join(neighbours.own, 'x')))).toBe('written');
  });
});

describe.each(['process', 'namespace'] as const)('a project within the bounds of the level %s', (level) => {
  let neighbours: Neighbours;
  let host: ProjectHost;
  beforeAll(async () => {
    neighbours = new Neighbours();
    host = await neighbours.open({ level });
  });
  afterAll(async () => {
    await host.close();
    rmSync(neighbours.root, { recursive: true, force: true });
  });

  it('cannot start processes without end', async () => {
    expect(said(await attempt(host, 'fork_bomb', 2))).toBe('BlockingIOError');
    // What it started ends with it or by itself; afterwards it works as before.
    expect(said(await attempt(host, 'read', join(neighbours.own, 'data.txt')))).toBe('mine');
  });

  it('cannot take all memory: it fails or dies, and another process takes its place', async () => {
    const outcome = await attempt(host, 'allocate', 2000);
    expect(outcome.ok).toBe(false);
    expect(['MemoryError', 'process_died', undefined]).toContain(
      outcome.ok ? undefined : (outcome.error.errorType ?? outcome.error.code),
    );
    expect(said(await attempt(host, 'read', join(neighbours.own, 'data.txt')))).toBe('mine');
  });
});

describe('what the machine cannot give', () => {
  it('is refused: a path that is not there', async () => {
    const neighbours = new Neighbours();
    onTestFinished(() => rmSync(neighbours.root, { recursive: true }));
    await expect(neighbours.open({ readable: ['/not/there'] })).rejects.toThrow(
      /sandbox: \/not\/there is not there/,
    );
  });
});
