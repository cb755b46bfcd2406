import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, sep } from 'node:path';
import { RunyardError } from '../../errors/index.js';
import { packageRoot, type LaunchCommand } from '../../langpack/index.js';
import { CLASSIC_ALGOOUT } from '../../protocol/index.js';
import { makeFifo, type AlgooutPlace, type AlgooutSlot } from './algoout-place.js';
import type { Isolation } from './isolation.js';
import type { TmpFolders } from './tmp-folders.js';

const TMP = '/tmp';

/** Every child has a `/tmp` of its own, and `algoout` in it. */
export class PrivateTmp implements AlgooutPlace {
  readonly isExclusive = false;
  readonly #isolation: Isolation;
  readonly #folders: TmpFolders;

  constructor(isolation: Isolation, folders: TmpFolders) {
    this.#isolation = isolation;
    this.#folders = folders;
  }

  open(launch: LaunchCommand): AlgooutSlot {
    const tmp = this.#folders.create();
    try {
      const fifo = join(tmp, 'algoout');
      makeFifo(fifo);
      const shown = listShown(launch);
      for (const path of shown) makeCover(join(tmp, path.slice(TMP.length)), path);
      return { launch: this.#wrap(launch, tmp, shown), fifo, close: () => this.#folders.remove(tmp) };
    } catch (error) {
      this.#folders.remove(tmp);
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#folders.close();
  }

  #wrap(launch: LaunchCommand, tmp: string, shown: string[]): LaunchCommand {
    const { command, args, cwd, env } = launch;
    const wrapped = this.#isolation.wrap({ tmp, shown, cwd, command, args });
    return { ...launch, ...wrapped, env: { ...env, ALGOOUT: CLASSIC_ALGOOUT } };
  }
}

/** What below the real `/tmp` the child cannot do without: its project, the programs that run it, what its environment names. */
function listShown({ command, args, cwd, env }: LaunchCommand): string[] {
  if (cwd === TMP) {
    const message = `${cwd} itself is no place for a project that writes to ${CLASSIC_ALGOOUT}: move it into a folder`;
    throw new RunyardError('project_setup_failed', message);
  }
  const named = Object.values(env).flatMap((value) => value.split(delimiter));
  const programs = isAbsolute(command) ? [dirname(command)] : [];
  const wanted = [cwd, packageRoot, ...programs, ...args, ...named].map((path) => trimSlash(path));
  const there = new Set(
    wanted.filter((path) => path.startsWith(TMP + sep) && isPlain(path) && existsSync(path)),
  );
  return [...there].filter((path) => ![...there].some((other) => path.startsWith(other + sep))).sort();
}

function trimSlash(path: string): string {
  return path.endsWith(sep) ? path.slice(0, -1) : path;
}

/** A path that does not wander: `..` could lead out of the folder that is to cover `/tmp`. */
function isPlain(path: string): boolean {
  return !path.split(sep).some((part) => part === '..' || part === '.');
}

/** A mount needs something of the same kind to lie on. */
function makeCover(cover: string, path: string): void {
  if (statSync(path).isDirectory()) {
    mkdirSync(cover, { recursive: true });
    return;
  }
  mkdirSync(dirname(cover), { recursive: true });
  writeFileSync(cover, '');
}
