import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Names this process so that another one can tell later whether it still runs: its id alone may have been given to
 * somebody else, and means nothing to those who count processes from one of their own.
 */
export function markOwner(): string {
  return JSON.stringify({ pid: process.pid, startedAt: readStartTime(process.pid), world: readWorld() });
}

/** `gone` only when that is certain. */
export function checkOwner(mark: string): { pid: number; isGone: boolean } {
  const { pid, startedAt, world } = parse(mark);
  if (world !== readWorld()) return { pid, isGone: false };
  const now = readStartTime(pid);
  if (now !== undefined && startedAt !== undefined) return { pid, isGone: now !== startedAt };
  return { pid, isGone: !isAlive(pid) };
}

interface Mark {
  pid: number;
  startedAt?: string;
  world?: string;
}

function parse(mark: string): Mark {
  try {
    const value = JSON.parse(mark) as Partial<Mark> | null;
    if (typeof value?.pid === 'number') return { ...value, pid: value.pid };
  } catch {
    // Half written, by somebody who was killed meanwhile: nobody's.
  }
  return { pid: 0 };
}

/** In ticks since the machine was started; undefined where the system does not say, or there is no such process. */
function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything; the start is the 20th field behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whose processes are counted together: containers have counts of their own. */
function readWorld(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
