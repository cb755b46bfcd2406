// Programs that tests and benches need beyond Node: found on the PATH, or installed from Debian when run as root.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';

/**
 * Each program by the names it may have, and the Debian package that brings it, off the PATH in `folders` where it keeps
 * versions apart. A Python counts only when it can import `modules`.
 */
const PROGRAMS = {
  python: { names: ['python3'], packages: ['python3', 'python3-venv', 'python3-pip'] },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] },
  redis: { names: ['redis-server'], packages: ['redis-server'] },
  postgres: {
    names: ['postgres'],
    packages: ['postgresql'],
    folders: () => listVersions('/usr/lib/postgresql').map((version) => join(version, 'bin')),
  },
  rabbitmq: {
    names: ['rabbitmq-server'],
    packages: ['rabbitmq-server'],
    folders: () => ['/usr/lib/rabbitmq/bin'],
  },
  debootstrap: { names: ['debootstrap'], packages: ['debootstrap'], folders: () => ['/usr/sbin'] },
  ip: { names: ['ip'], packages: ['iproute2'] },
  bwrap: { names: ['bwrap'], packages: ['bubblewrap'] },
  maven: { names: ['mvn'], packages: ['maven'] },
  wrk: { names: ['wrk'], packages: ['wrk'] },
  // A Python that can run the original plug & play programs: Debian's modules are those of Debian's Python.
  originals: {
    names: ['python3'],
    packages: ['python3-fastapi', 'python3-uvicorn', 'python3-pika', 'python3-pydantic', 'python3-requests'],
    folders: () => ['/usr/bin'],
    modules: ['fastapi', 'uvicorn', 'pika', 'pydantic', 'requests'],
  },
};

export function findProgram(names, more = [], isUsable = () => true) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...more];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((path) => existsSync(path) && isUsable(path));
}

function canImport(python, modules) {
  return spawnSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' }).status === 0;
}

/** @returns the path of each program asked for; ends the process with advice when one cannot be had */
export function ensurePrograms(...wanted) {
  const find = (name) => {
    const { names, folders, modules } = PROGRAMS[name];
    return findProgram(names, folders?.(), (path) => modules === undefined || canImport(path, modules));
  };
  const missing = wanted.filter((name) => find(name) === undefined);
  if (missing.length > 0) installPackages(missing.flatMap((name) => PROGRAMS[name].packages));
  return Object.fromEntries(wanted.map((name) => [name, find(name) ?? giveUp(PROGRAMS[name].packages)]));
}

/**
 * What the langpacks ask for, all that is missing in one installation. A langpack installs its own as well when it is used;
 * test files that run side by side would wait for each other there.
 */
export function ensureToolchains() {
  const folder = new URL('../langpacks/', import.meta.url);
  const toolchains = readdirSync(folder).map((name) =>
    readToolchain(new URL(`${name}/langpack.json`, folder)),
  );
  const missing = toolchains.filter(
    ({ programs = [], files = [] }) =>
      programs.some((name) => findProgram([name]) === undefined) || files.some((path) => !existsSync(path)),
  );
  if (missing.length > 0) installPackages(missing.flatMap(({ debian }) => debian));
}

function readToolchain(path) {
  return JSON.parse(readFileSync(path, 'utf8')).toolchain ?? {};
}

/** Folders named by versions, the newest first. */
function listVersions(folder) {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.sort((a, b) => Number(b) - Number(a)).map((name) => join(folder, name));
}

function installPackages(packages) {
  const apt = findProgram(['apt-get']);
  if (apt === undefined || process.getuid?.() !== 0) giveUp(packages);
  console.error(`Installing ${packages.join(', ')} from Debian (once) …`);
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

// `node scripts/prerequisites.mjs NAME...` prints a path a line.
if (argv[1] !== undefined && import.meta.url === pathToFileURL(argv[1]).href) {
  for (const path of Object.values(ensurePrograms(...argv.slice(2)))) console.log(path);
}
