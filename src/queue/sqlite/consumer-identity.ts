import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process a consumer lives in, so that others can tell whether it is still there. */
export interface ConsumerIdentity {
  host: string;
  /** Id of this start of the machine; null where the system does not say. */
  boot: string | null;
  /** Process ids mean something only within one namespace (container); null where there is no such thing. */
  pidNamespace: string | null;
  pid: number;
  /** When the process started, in the system's own ticks: tells it from a later one with the same id. */
  started: string | null;
}

/** - `unknown`: it lives where this process cannot look; only its lease tells. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export function getOwnIdentity(): ConsumerIdentity {
  return {
    host: hostname(),
    boot: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    started: readProcessStart(process.pid) ?? null,
  };
}

/** Looks whether another consumer's process is there. */
export function checkLiveness(other: ConsumerIdentity, own: ConsumerIdentity): Liveness {
  if (other.host !== own.host) return 'unknown';
  // A file in WAL mode is never shared by two machines, so a process of an earlier start of this one is gone.
  if (other.boot !== own.boot) return other.boot !== null && own.boot !== null ? 'dead' : 'unknown';
  if (other.pidNamespace !== own.pidNamespace) return 'unknown';
  if (other.started === null || own.started === null) return hasProcess(other.pid) ? 'alive' : 'dead';
  return readProcessStart(other.pid) === other.started ? 'alive' : 'dead';
}

/** Undefined when there is no such process, or only what is left of one whose parent has not looked after it. */
function readProcessStart(pid: number): string | undefined {
  const stat = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in brackets and may hold anything, brackets and spaces too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    // No such process, or a system without /proc: both are answers here.
    return null;
  }
}
