// Programs that tests and benches need beyond Node: found on the PATH, or installed from Debian when run as root.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each program by the names it may have, and the Debian package that brings it. */
const PROGRAMS = {
  python: { names: ['python3'], packages: ['python3', 'python3-venv', 'python3-pip'] },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] },
  redis: { names: ['redis-server'], packages: ['redis-server'] },
  wrk: { names: ['wrk'], packages: ['wrk'] },
};

export function findProgram(names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path));
}

/** @returns the path of each program asked for; ends the process with advice when one cannot be had */
export function ensurePrograms(...wanted) {
  const missing = wanted.filter((name) => findProgram(PROGRAMS[name].names) === undefined);
  if (missing.length > 0) installPackages(missing.flatMap((name) => PROGRAMS[name].packages));
  return Object.fromEntries(
    wanted.map((name) => [name, findProgram(PROGRAMS[name].names) ?? giveUp([name])]),
  );
}

function installPackages(packages) {
  const apt = findProgram(['apt-get']);
  if (apt === undefined || process.getuid?.() !== 0) giveUp(packages);
  console.log(`Installing ${packages.join(', ')} from Debian (once) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args) =>
    spawnSync(apt, ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  const install = () => run('install', '-y', '--no-install-recommends', ...packages).status === 0;
  if (!install()) {
    run('update');
    if (!install()) giveUp(packages);
  }
}

function giveUp(names) {
  console.error(
    `Missing: ${names.join(', ')}. Install it (on Debian: apt install ${names.join(' ')}), or run this as root.`,
  );
  process.exit(2);
}
