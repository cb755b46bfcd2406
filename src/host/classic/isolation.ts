import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '../find-program.js';

/** A command that is to see a folder as its `/tmp`. */
export interface IsolatedCommand {
  /** The folder. For each of `shown` there is something to cover in it. */
  tmp: string;
  /** Paths below `/tmp` that it is to see all the same. */
  shown: readonly string[];
  cwd: string;
  command: string;
  args: readonly string[];
}

/** A way to give a command a `/tmp` of its own. */
export interface Isolation {
  name: string;
  wrap(command: IsolatedCommand): { command: string; args: string[] };
}

const PROBE_TIMEOUT_MS = 10_000;

/**
 * Shows what is to be seen, then puts the folder over `/tmp`. The mounts are the child's own and go with it. The working
 * directory is entered anew, as the one it was started in lies below the old `/tmp`.
 */
const COVER_TMP = `
mount=$1 tmp=$2; shift 2
while [ "$1" != -- ]; do "$mount" --rbind "$1" "$tmp\${1#/tmp}" || exit 126; shift; done
shift
"$mount" --rbind "$tmp" /tmp && cd -- "$1" || exit 126
shift
exec "$@"
`;

/** The first way that works on this machine, tried once; undefined when none does. */
export async function findIsolation(): Promise<Isolation | undefined> {
  found ??= tryAll();
  return found;
}

let found: Promise<Isolation | undefined> | undefined;

async function tryAll(): Promise<Isolation | undefined> {
  for (const isolation of listIsolations()) if (await works(isolation)) return isolation;
  return undefined;
}

/**
 * `unshare` first: it becomes the command itself, so that signals, exit codes and memory are the command's own. Next to
 * it without root, a user namespace that keeps the user's own name; bubblewrap, which may do what the user may not; and a
 * user namespace in which the command takes itself for root.
 */
export function listIsolations(): Isolation[] {
  const unshare = findProgram('unshare');
  const setpriv = findProgram('setpriv');
  const bwrap = findProgram('bwrap');
  const isRoot = process.getuid?.() === 0;
  const own = ['--user', '--map-current-user', '--keep-caps', '--mount'];
  const dropped = setpriv === undefined ? [] : [setpriv, '--inh-caps=-all', '--ambient-caps=-all', '--'];
  return [
    ...(unshare && isRoot ? [byUnshare('unshare', unshare, ['--mount'])] : []),
    ...(unshare && setpriv ? [byUnshare('unshare --user', unshare, own, dropped)] : []),
    ...(bwrap ? [byBubblewrap(bwrap)] : []),
    ...(unshare ? [byUnshare('unshare --map-root-user', unshare, ['--map-root-user', '--mount'])] : []),
  ];
}

function byUnshare(name: string, unshare: string, flags: string[], before: string[] = []): Isolation {
  const mount = findProgram('mount') ?? 'mount';
  return {
    name,
    wrap({ tmp, shown, cwd, command, args }) {
      const inside = [mount, tmp, ...shown, '--', cwd, ...before, command, ...args];
      return { command: unshare, args: [...flags, '--', '/bin/sh', '-c', COVER_TMP, 'sh', ...inside] };
    },
  };
}

function byBubblewrap(bwrap: string): Isolation {
  return {
    name: 'bubblewrap',
    wrap({ tmp, shown, cwd, command, args }) {
      const binds = shown.flatMap((path) => ['--bind', path, path]);
      const inside = ['--die-with-parent', '--chdir', cwd, '--', command, ...args];
      return { command: bwrap, args: ['--dev-bind', '/', '/', '--bind', tmp, '/tmp', ...binds, ...inside] };
    },
  };
}

async function works(isolation: Isolation): Promise<boolean> {
  const tmp = await mkdtemp(join(tmpdir(), 'runyard-probe-'));
  try {
    await writeFile(join(tmp, 'seen'), '');
    const probe = { tmp, shown: [], cwd: '/', command: '/bin/sh', args: ['-c', 'test -e /tmp/seen'] };
    const { command, args } = isolation.wrap(probe);
    await promisify(execFile)(command, args, { timeout: PROBE_TIMEOUT_MS });
    return true;
  } catch {
    // The system does not allow it, or the program is too old for a flag: the next way is tried.
    return false;
  } finally {
    await rm(tmp, { recursive: true, force: true });
  }
}
