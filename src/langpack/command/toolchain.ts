import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import type { DescribeContext } from '../langpack.js';
import { runChild } from '../run-child.js';
import type { LangpackFolder } from './langpack-command.js';

const INSTALL_TIMEOUT_MS = 30 * 60_000;
/** Another installation on this machine is waited for. */
const APT = ['-qq', '-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=600'];

/** One installation at a time in this process; the package manager sees to the others. */
let underWay: Promise<void> = Promise.resolve();

/**
 * Sees to it that a language's programs are there: on Debian as root it installs what is missing.
 * @throws RunyardError `interpreter_missing` with the command that brings them
 */
export async function ensureToolchain(langpack: LangpackFolder, context: DescribeContext): Promise<void> {
  if (findMissing(langpack, context).length === 0) return;
  const turn = underWay.then(() => installMissing(langpack, context));
  // Whoever waits behind it looks for itself.
  underWay = turn.catch(() => {});
  await turn;
}

async function installMissing(langpack: LangpackFolder, context: DescribeContext): Promise<void> {
  const missing = findMissing(langpack, context);
  if (missing.length === 0) return;
  const { language, toolchain } = langpack.manifest;
  const packages = toolchain?.debian ?? [];
  if (!mayInstall(context) || packages.length === 0) throw notThere(langpack, missing);
  context.onProgress?.(`installing ${packages.join(', ')} from Debian for ${language} (once)`);
  const install = () => apt(context, ['install', '-y', '--no-install-recommends', ...packages]);
  let end = await install();
  if (end.code !== 0) {
    await apt(context, ['update']);
    end = await install();
  }
  const still = findMissing(langpack, context);
  if (still.length > 0) throw notThere(langpack, still, end.output);
}

/** Programs that are not on the PATH, and files that are not there. */
function findMissing({ manifest }: LangpackFolder, { env }: DescribeContext): string[] {
  const folders = (env['PATH'] ?? '').split(delimiter);
  const { programs = [], files = [] } = manifest.toolchain ?? {};
  return [
    ...programs.filter((name) => !folders.some((folder) => existsSync(join(folder, name)))),
    ...files.filter((path) => !existsSync(path)),
  ];
}

function mayInstall({ installToolchains = true }: DescribeContext): boolean {
  return installToolchains && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

function apt({ env, machineEnv = {}, signal }: DescribeContext, args: string[]) {
  const proxies = Object.entries(machineEnv).filter(([name]) => /_proxy$/i.test(name));
  return runChild({
    command: '/usr/bin/apt-get',
    args: [...APT, ...args],
    cwd: '/',
    env: {
      ...(Object.fromEntries(proxies) as Record<string, string>),
      PATH: env['PATH'] ?? '',
      DEBIAN_FRONTEND: 'noninteractive',
    },
    timeoutMs: INSTALL_TIMEOUT_MS,
    signal,
  });
}

function notThere({ manifest }: LangpackFolder, missing: readonly string[], output = ''): RunyardError {
  const packages = manifest.toolchain?.debian ?? [];
  const advice =
    packages.length === 0
      ? 'install it, a program on the PATH'
      : `install it (Debian: apt-get install ${packages.join(' ')})`;
  const printed = output === '' ? '' : `; apt-get printed:\n${output}`;
  return new RunyardError(
    'interpreter_missing',
    `${manifest.language} needs ${missing.join(' and ')}, which is not there: ${advice}${printed}`,
  );
}
