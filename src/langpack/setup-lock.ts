import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describeError, RunyardError } from '../errors/index.js';
import type { DescribeContext, Project } from './langpack.js';

const POLL_MS = 250;

/** Runs an action while no other process on this machine does one on the same project. A dead process holds no lock. */
export async function withSetupLock(
  project: Project,
  context: DescribeContext,
  action: () => Promise<void>,
): Promise<void> {
  const path = join(project.dir, '.runyard', 'setup.lock');
  await acquire(path, project, context);
  try {
    await action();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(
  path: string,
  project: Project,
  { signal, onProgress }: DescribeContext,
): Promise<void> {
  for (let told = false; !(await tryCreate(path)); told = true) {
    signal?.throwIfAborted();
    const holder = await readHolder(path);
    if (holder !== undefined && !isAlive(holder)) {
      await removeStale(path, holder);
      continue;
    }
    if (!told) onProgress?.(`${project.name}: another process sets the project up; waiting for it`);
    await delay(POLL_MS, undefined, signal ? { signal } : {});
  }
}

/** The file appears with its content: nobody ever reads half a lock. */
async function tryCreate(path: string): Promise<boolean> {
  const own = `${path}.${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(own, String(process.pid));
    await link(own, path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    const message = `${path} cannot be written (${describeError(cause)}): make the project's folder writable, or make .venv in it yourself`;
    throw new RunyardError('project_setup_failed', message, { cause });
  } finally {
    await rm(own, { force: true }).catch(() => {}); // Not there when the folder cannot be written to.
  }
}

/** Undefined when the lock has just been given back. */
async function readHolder(path: string): Promise<number | undefined> {
  return readFile(path, 'utf8').then(Number, () => undefined);
}

/** Several may find the same dead holder: a lock that another has taken since is put back. */
async function removeStale(path: string, holder: number): Promise<void> {
  const aside = `${path}.stale.${process.pid}`;
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  );
  if (moved && (await readHolder(aside)) !== holder) await link(aside, path).catch(() => {}); // Taken again meanwhile.
  await rm(aside, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
