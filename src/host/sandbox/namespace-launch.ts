import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describeError, RunyardError } from '../../errors/index.js';
import type { LaunchCommand } from '../../langpack/index.js';
import { CLASSIC_ALGOOUT } from '../../protocol/index.js';
import { findProgram } from '../find-program.js';
import type { SandboxOptions } from './sandbox-options.js';
import { sandboxUnavailable } from './sandbox-unavailable.js';
import { systemMounts } from './visible-paths.js';

const PROBE_TIMEOUT_MS = 10_000;
const NAMESPACES = [
  '--unshare-user',
  '--unshare-ipc',
  '--unshare-pid',
  '--unshare-uts',
  '--unshare-cgroup-try',
];
const HARDENING = ['--die-with-parent', '--cap-drop', 'ALL', '--hostname', 'runyard'];

/** Puts a command into namespaces of its own. */
export type Enclose = (launch: LaunchCommand, readable: readonly string[]) => LaunchCommand;

/** @throws RunyardError `sandbox_unavailable` without bubblewrap, or where the system does not let it make namespaces */
export async function openNamespaces(options: SandboxOptions): Promise<Enclose> {
  const bwrap = findProgram('bwrap');
  if (bwrap === undefined) {
    throw sandboxUnavailable(
      'sandbox.level: namespace',
      'bubblewrap is not installed',
      'install it (Debian: apt-get install bubblewrap)',
    );
  }
  for (const path of [...options.readable, ...options.writable]) {
    if (existsSync(path)) continue;
    throw new RunyardError(
      'invalid_config',
      `sandbox: ${path} is not there: name a path that is, or leave it out`,
    );
  }
  await assertWorks(bwrap, options);
  return (launch, needed) => enclose(bwrap, options, launch, needed);
}

function enclose(
  bwrap: string,
  { network, tmpBytes, readable, writable }: SandboxOptions,
  launch: LaunchCommand,
  needed: readonly string[],
): LaunchCommand {
  const show = (flag: string, paths: readonly string[]): string[] =>
    paths.flatMap((path) => [flag, path, path]);
  const args = [
    ...namespaces(network),
    ...systemMounts(),
    ...['--proc', '/proc', '--dev', '/dev', '--size', String(tmpBytes), '--tmpfs', '/tmp'],
    ...show('--ro-bind', [...needed, ...readable]),
    ...show('--bind', writable),
    ...(launch.protocol === 1 ? show('--bind', [CLASSIC_ALGOOUT]) : []),
    ...['--remount-ro', '/'],
    ...['--setenv', 'HOME', '/tmp', '--setenv', 'TMPDIR', '/tmp', '--chdir', launch.cwd],
    ...['--', launch.command, ...launch.args],
  ];
  return { ...launch, command: bwrap, args };
}

function namespaces(network: boolean): string[] {
  return [...NAMESPACES, ...(network ? [] : ['--unshare-net']), ...HARDENING];
}

async function assertWorks(bwrap: string, { network }: SandboxOptions): Promise<void> {
  const args = [
    ...namespaces(network),
    ...systemMounts(),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--',
    '/bin/true',
  ];
  try {
    await promisify(execFile)(bwrap, args, { timeout: PROBE_TIMEOUT_MS });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw sandboxUnavailable(
      'sandbox.level: namespace',
      `bubblewrap says ${JSON.stringify(stderr?.trim() || describeError(error))}`,
      'let the yard make user namespaces (sysctl kernel.unprivileged_userns_clone, or the seccomp profile of its container), or choose the level process',
    );
  }
}
