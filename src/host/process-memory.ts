import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const KIB = 1024;

/** Memory a process holds (resident set), in bytes; undefined when it has gone or the system does not say. */
export async function readMemoryBytes(pid: number): Promise<number | undefined> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return toBytes(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  } catch {
    // No /proc here, or no such process: ps knows both.
    return readMemoryByPs(pid);
  }
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
