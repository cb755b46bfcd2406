import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const KIB = 1024;

/**
 * Memory a process and those it started hold (resident sets), in bytes: what runs the project may be a child of what was
 * launched. Undefined when it has gone or the system does not say.
 */
export async function readMemoryBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const own = toBytes(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    const children = await Promise.all((await listChildren(pid)).map(readMemoryBytes));
    return children.reduce<number | undefined>((sum, bytes) => sum && sum + (bytes ?? 0), own);
  } catch {
    // No /proc here, or no such process: ps knows both.
    return readMemoryByPs(pid);
  }
}

/** None where the kernel does not keep the list, or the process has just gone. */
async function listChildren(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

async function readMemoryByPs(pid: number): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return toBytes(stdout.trim());
  } catch {
    // It has ended, or there is no ps: either way there is nothing to compare with a limit.
    return undefined;
  }
}

function toBytes(kib: string | undefined): number | undefined {
  return kib === undefined || kib === '' ? undefined : Number(kib) * KIB;
}
