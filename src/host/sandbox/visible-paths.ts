import { existsSync, lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join, sep } from 'node:path';
import { homedir } from 'node:os';
import { packageRoot, type LaunchCommand, type Project } from '../../langpack/index.js';

/** Programs and libraries of the system. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/opt', '/nix/store'];

/** What programs read of `/etc`; what only root may read there stays out of sight. */
const SETTINGS =
  'alternatives ca-certificates ca-certificates.conf fonts gai.conf group host.conf hosts java-17-openjdk java-21-openjdk ld.so.cache ' +
  'ld.so.conf ld.so.conf.d localtime mime.types nsswitch.conf os-release passwd php pki protocols R resolv.conf ' +
  'services ssl timezone ImageMagick-6 magic python3 python3.11';

/** Mounts that show the system to a sandboxed process, read-only: arguments of bubblewrap. */
export function systemMounts(): string[] {
  const folders = SYSTEM.flatMap((path) => {
    if (!existsSync(path)) return [];
    // `/bin` and its like are links into `/usr` on most systems.
    return lstatSync(path).isSymbolicLink()
      ? ['--symlink', readlinkSync(path), path]
      : ['--ro-bind', path, path];
  });
  const settings = SETTINGS.split(' ').map((name) => `/etc/${name}`);
  return [...folders, ...settings.flatMap((path) => ['--ro-bind-try', path, path])];
}

/**
 * What a project's process reads beyond the system: its own folder, the programs that run it, and packages in folders
 * above it. Never a folder that holds more than that.
 */
export function readablePaths(project: Project, { command, args, env }: LaunchCommand): string[] {
  const named = [...args, ...Object.values(env)].filter((value) => isAbsolute(value) && existsSync(value));
  return [
    project.dir,
    ...interpreterPaths(command, env['PATH']),
    join(packageRoot, 'langpacks'),
    ...packageFolders(packageRoot),
    ...packageFolders(project.dir),
    ...named.filter((path) => !isInside(path, project.dir)),
  ].filter((path, index, all) => existsSync(path) && all.indexOf(path) === index && !isInSystem(path));
}

/** An interpreter outside the system's folders comes with its libraries beside it: `bin/..`. */
function interpreterPaths(command: string, path = process.env['PATH'] ?? ''): string[] {
  const found = isAbsolute(command)
    ? command
    : path
        .split(':')
        .map((folder) => join(folder, command))
        .find((file) => existsSync(file));
  if (found === undefined) return [];
  const real = realpathSync(found);
  return [found, real].filter((file) => !isInSystem(file)).map(installationOf);
}

function installationOf(program: string): string {
  const folder = dirname(program);
  const root = dirname(folder);
  const isOwn =
    folder.endsWith(`${sep}bin`) && root !== '/' && root !== homedir() && existsSync(join(root, 'lib'));
  return isOwn ? root : program;
}

/** The `node_modules` that files in a folder see above it. */
function packageFolders(dir: string): string[] {
  const parent = dirname(dir);
  const own = join(dir, 'node_modules');
  return [...(existsSync(own) ? [own] : []), ...(parent === dir ? [] : packageFolders(parent))];
}

function isInSystem(path: string): boolean {
  return SYSTEM.some((folder) => isInside(path, folder));
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}
