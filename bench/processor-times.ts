import { readdir, readFile } from 'node:fs/promises';

/** A tick of the processor's clock in /proc. */
const TICK_MS = 10;

interface Process {
  pid: number;
  parent: number;
  name: string;
  ms: number;
}

/**
 * Milliseconds of processor time that components have taken since they started, by the name of the component.
 * @param nameOf gives the component a process belongs to, or nothing
 */
export async function readProcessorTimes(
  nameOf: (process: Process) => string | undefined,
): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  for (const process of await listProcesses()) {
    const name = nameOf(process);
    if (name !== undefined) times.set(name, (times.get(name) ?? 0) + process.ms);
  }
  return times;
}

/** What each component has taken between two readings. */
export function subtractTimes(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  return new Map([...after].map(([name, ms]) => [name, ms - (before.get(name) ?? 0)]));
}

async function listProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => {
      // One that has just ended is not there any more.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      const match = /^\d+ \((.*)\) \S (\d+)(?: \S+){9} (\d+) (\d+)/.exec(stat ?? '');
      if (!match) return undefined;
      const [, name = '', parent, user, system] = match;
      const ms = (Number(user) + Number(system)) * TICK_MS;
      return { pid: Number(pid), parent: Number(parent), name, ms };
    }),
  );
  return processes.filter((one) => one !== undefined);
}
