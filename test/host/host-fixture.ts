import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { createProjectHost, type ProjectHost, type ProjectHostOptions } from '../../src/host/index.js';
import type { DescribedProject } from '../../src/langpack/index.js';
import type { Descriptor, RunHooks, RunOutcome } from '../../src/protocol/index.js';

export const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), 'fixtures');
/** In the environment of every process a test starts, and so of all that those start. */
const MARK = `RUNYARD_TEST_MARK=${process.pid}-${Math.random().toString(36).slice(2)}`;
const [MARK_NAME = '', MARK_VALUE = ''] = MARK.split('=');

const hosts: ProjectHost[] = [];
const folders: string[] = [];

/** Graces so short that a test of all steps takes a fraction of a second. */
export const FAST = { cancelGraceMs: 150, killGraceMs: 150 };

export type HostFixtureOptions = Omit<Partial<ProjectHostOptions>, 'described' | 'env'> & {
  env?: Record<string, string>;
};

type Options = HostFixtureOptions & {
  algorithms?: Partial<Descriptor>[];
};

export function describeFixture(file: string, algorithms: Partial<Descriptor>[]): DescribedProject {
  const isPython = file.endsWith('.py');
  return {
    project: {
      kind: 'adapter',
      dir: FIXTURES,
      name: file,
      language: 'fixture',
      adapter: join(FIXTURES, file),
    },
    algorithms: algorithms.map((one) => ({
      name: 'x',
      input: { type: 'object' },
      mode: 'unary',
      limits: {},
      ...one,
    })),
    launch: {
      command: isPython ? 'python3' : process.execPath,
      args: [join(FIXTURES, file)],
      cwd: FIXTURES,
      env: { FROM_LAUNCH: 'yes' },
    },
    sources: [],
    fingerprint: file,
  };
}

/** A host on a fixture program. Algorithms default to the names given. */
export async function openHost(file: string, names: string[], options: Options = {}): Promise<ProjectHost> {
  const { algorithms = names.map((name) => ({ name })), ...rest } = options;
  return openDescribed(describeFixture(file, algorithms), rest);
}

/** A host on any project. It is closed after the test. */
export async function openDescribed(
  described: DescribedProject,
  { env, pool, ...rest }: HostFixtureOptions = {},
): Promise<ProjectHost> {
  const host = await createProjectHost({
    ...rest,
    described,
    pool: { maxProcesses: 1, ...FAST, ...pool },
    env: { PATH: process.env.PATH ?? '', [MARK_NAME]: MARK_VALUE, ...env },
  });
  hosts.push(host);
  return host;
}

let lastRun = 0;

export function runOn(
  host: ProjectHost,
  algorithm: string,
  args: unknown = {},
  hooks: RunHooks & { timeoutMs?: number; depth?: number; contentType?: 'text' | 'json' } = {},
): Promise<RunOutcome> {
  const { timeoutMs, depth, contentType, ...rest } = hooks;
  const id = `run-${(lastRun += 1)}`;
  const more = {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(depth !== undefined && { depth }),
    ...(contentType && { contentType }),
  };
  return host.run({ id, algorithm, args, ...more }, rest);
}

/** The result of a run that is expected to succeed. */
export async function resultOf(outcome: Promise<RunOutcome>): Promise<unknown> {
  const ended = await outcome;
  if (!ended.ok) throw new Error(`${ended.error.code}: ${ended.error.message}`);
  return JSON.parse(ended.resultJson) as unknown;
}

/** `class/code` of a run that is expected to fail; `ok` when it does not. */
export async function endOf(outcome: Promise<RunOutcome>): Promise<string> {
  const ended = await outcome;
  return ended.ok ? 'ok' : `${ended.error.class}/${ended.error.code}`;
}

/** Waits until something is true. */
export async function until(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const endsAt = performance.now() + withinMs;
  while (!(await isTrue())) {
    if (performance.now() > endsAt) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'runyard-host-'));
  folders.push(folder);
  return folder;
}

/** Live processes (zombies are none) that descend from one a test of this file started. */
export function listProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readEnvironment(name).includes(MARK))
    .map(Number);
}

function readEnvironment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    // It has just ended, or belongs to somebody else.
    return '';
  }
}

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  const left = (): boolean => listProcesses().length === 0;
  await until('no process is left', left, 2000).catch(() => undefined);
  const survivors = listProcesses();
  for (const pid of survivors) process.kill(pid, 'SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  expect(survivors).toEqual([]);
});
