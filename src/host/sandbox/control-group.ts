import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bounds } from './sandbox-options.js';

const ROOT = '/sys/fs/cgroup';
const PREFIX = 'runyard-';
/** A group is busy until the last process in it has been reaped. */
const REMOVE_TRIES = 50;
const REMOVE_WAIT_MS = 100;

type Controller = 'pids' | 'memory';

/** Files that hold a bound: in the first version of control groups, and in the second. */
const BOUND_FILES: Readonly<Record<Controller, readonly string[]>> = {
  pids: ['pids.max'],
  memory: ['memory.max', 'memory.limit_in_bytes'],
};

const PROBE_BOUND: Readonly<Record<Controller, number>> = { pids: 1000, memory: 1 << 30 };

/** Groups of processes whose memory and number the kernel bounds, made below the group we are in. */
export class ControlGroups {
  readonly #parents: readonly { dir: string; controllers: Controller[] }[];

  private constructor(parents: readonly { dir: string; controllers: Controller[] }[]) {
    this.#parents = parents;
  }

  /** Undefined when the system lets us make none that bounds what is asked for. */
  static open(bounds: Bounds): ControlGroups | undefined {
    const wanted: Controller[] = [
      ...(bounds.maxProcesses > 0 ? (['pids'] as const) : []),
      ...(bounds.memoryBytes > 0 ? (['memory'] as const) : []),
    ];
    const parents = new Map<string, Controller[]>();
    for (const controller of wanted) {
      const dir = listFolders(controller).find((one) => canBound(one, controller));
      if (dir === undefined) return undefined;
      parents.set(dir, [...(parents.get(dir) ?? []), controller]);
    }
    for (const dir of parents.keys()) removeLeftBehind(dir);
    return new ControlGroups([...parents].map(([dir, controllers]) => ({ dir, controllers })));
  }

  /** Makes the group of one child. @returns files a process writes its id to in order to enter */
  create({ memoryBytes, maxProcesses }: Bounds): { entries: string[]; remove(): void } {
    const name = `${PREFIX}${process.pid}-${randomUUID()}`;
    const made = this.#parents.map(({ dir, controllers }) => {
      const group = join(dir, name);
      mkdirSync(group);
      for (const controller of controllers) {
        writeBound(group, controller, controller === 'pids' ? maxProcesses : memoryBytes);
      }
      return group;
    });
    return {
      entries: made.map((group) => join(group, 'cgroup.procs')),
      remove: () => made.forEach((group) => void removeGroup(group)),
    };
  }
}

/** Where our own group is, for a controller: of the first version by its own tree, else in the common one. */
function listFolders(controller: Controller): string[] {
  const lines = read('/proc/self/cgroup').split('\n');
  const found = lines.flatMap((line) => {
    const [, names = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (names.split(',').includes(controller)) return [join(ROOT, controller, path), join(ROOT, names, path)];
    return names === '' ? [join(ROOT, path), join(ROOT, 'unified', path)] : [];
  });
  return [...new Set(found)];
}

/** Tried rather than reasoned about: containers, delegation and versions differ. */
function canBound(dir: string, controller: Controller): boolean {
  const probe = join(dir, `${PREFIX}${process.pid}-${randomUUID()}`);
  try {
    mkdirSync(probe);
  } catch {
    return false; // There is no such tree here, or it is not ours to write to.
  }
  try {
    writeBound(probe, controller, PROBE_BOUND[controller]);
    return true;
  } catch {
    return false; // The controller is not handed down to groups below ours.
  } finally {
    rmdirSync(probe);
  }
}

function writeBound(group: string, controller: Controller, value: number): void {
  const names = readdirSync(group);
  const file = BOUND_FILES[controller].find((name) => names.includes(name));
  if (file === undefined) throw new Error(`${group} bounds no ${controller}`);
  writeFileSync(join(group, file), String(value));
  // What may be swapped out is no bound; where there is no swap there is no such file.
  if (names.includes('memory.swap.max') && controller === 'memory') {
    writeFileSync(join(group, 'memory.swap.max'), '0');
  }
}

async function removeGroup(group: string): Promise<void> {
  for (let tries = 0; tries < REMOVE_TRIES && !tryRemove(group); tries += 1) {
    await delay(REMOVE_WAIT_MS, undefined, { ref: false });
  }
}

/** Groups of a yard that was killed. */
function removeLeftBehind(dir: string): void {
  for (const name of readdirSync(dir)) {
    const [, pid] = /^runyard-(\d+)-/.exec(basename(name)) ?? [];
    if (pid !== undefined && read(`/proc/${pid}/stat`) === '') tryRemove(join(dir, name));
  }
}

function tryRemove(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Not there: nothing is said.
  }
}
