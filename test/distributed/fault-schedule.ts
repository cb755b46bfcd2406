import { execFileSync } from 'node:child_process';
import type { PostgresProcess } from '../servers/postgres-process.js';
import { runSql } from '../servers/postgres.js';
import type { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import type { Fleet } from './fleet.js';
import type { TestNetwork } from './network.js';

/** Numbers from a seed (mulberry32): the same schedule again for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a fault works on. */
export interface Site {
  fleet: Fleet;
  broker: RabbitmqProcess;
  database: PostgresProcess;
  /** Absent where every component is on this host. */
  network?: TestNetwork;
  random: () => number;
}

export interface Fault {
  name: string;
  /** Does the harm and undoes it where it does not heal by itself. */
  strike(site: Site): Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function pick(names: readonly string[], random: () => number): string {
  const name = names[Math.floor(random() * names.length)];
  if (name === undefined) throw new Error('nothing to pick from');
  return name;
}

/** A component is killed, and started again after a while, as a supervisor does. */
function kill(kind: string): Fault {
  return {
    name: `kill -9 of a ${kind}`,
    async strike({ fleet, random }) {
      const name = pick(
        fleet.names.filter((one) => one.startsWith(kind)),
        random,
      );
      await fleet.get(name).end('SIGKILL');
      await pause(500 * random());
      await fleet.start(name);
      await fleet.ready(name);
    },
  };
}

/** It lives and does nothing, longer than its lease, then goes on as if nothing had happened. */
function freeze(kind: string, ms: number): Fault {
  return {
    name: `a ${kind} frozen for ${ms} ms`,
    async strike({ fleet, random }) {
      const name = pick(
        fleet.names.filter((one) => one.startsWith(kind)),
        random,
      );
      const { child } = fleet.get(name);
      child.kill('SIGSTOP');
      await pause(ms);
      child.kill('SIGCONT');
    },
  };
}

export const FAULTS: readonly Fault[] = [
  kill('controller'),
  kill('runner'),
  kill('gateway'),
  kill('discovery'),
  freeze('controller', 4_000),
  freeze('runner', 4_000),
  freeze('discovery', 2_000),
  {
    name: 'a controller told to go while it works',
    async strike({ fleet, random }) {
      const name = pick(
        fleet.names.filter((one) => one.startsWith('controller')),
        random,
      );
      await fleet.get(name).end('SIGTERM');
      await fleet.start(name);
      await fleet.ready(name);
    },
  },
  {
    name: 'a runner told to go while it works',
    async strike({ fleet, random }) {
      const name = pick(
        fleet.names.filter((one) => one.startsWith('runner')),
        random,
      );
      await fleet.get(name).end('SIGTERM');
      await fleet.start(name);
      await fleet.ready(name);
    },
  },
  {
    name: 'kill -9 of the processes of a runner',
    strike({ fleet, random }) {
      const name = pick(
        fleet.names.filter((one) => one.startsWith('runner')),
        random,
      );
      killChildren(fleet.get(name).child.pid);
      return Promise.resolve();
    },
  },
  {
    name: 'the broker stopped and started',
    async strike({ broker }) {
      await broker.stop('stop');
      await broker.start();
    },
  },
  {
    name: 'kill -9 of the broker',
    async strike({ broker }) {
      await broker.stop('kill');
      await broker.start();
    },
  },
  {
    name: 'all connections closed by the broker',
    async strike({ broker }) {
      await broker.control('close_all_connections', 'fault');
    },
  },
  {
    name: 'a memory alarm in the broker for 2 s',
    async strike({ broker }) {
      await broker.control('set_vm_memory_high_watermark', '0.0000001');
      await pause(2_000);
      await broker.control('set_vm_memory_high_watermark', '0.4');
    },
  },
  {
    name: 'the broker frozen for 3 s',
    async strike({ broker }) {
      broker.signal('SIGSTOP');
      await pause(3_000);
      broker.signal('SIGCONT');
    },
  },
  {
    name: 'the database crashed and started',
    async strike({ database }) {
      await database.stop('immediate');
      await database.start();
    },
  },
  {
    name: 'all connections closed by the database',
    async strike({ database }) {
      const others = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';
      await runSql(database.url, others);
    },
  },
];

/** A host nobody reaches for a while. */
function cut(host: string, ms: number): Fault {
  return {
    name: `the cable of ${host} pulled for ${ms} ms`,
    async strike({ network }) {
      network?.cut(host);
      await pause(ms);
      network?.mend(host);
    },
  };
}

function disturb(host: string): Fault {
  return {
    name: `a late and lossy line to ${host} for 3 s`,
    async strike({ network }) {
      network?.disturb(host);
      await pause(3_000);
      network?.calm(host);
    },
  };
}

/** Faults of the lines between these hosts; one of each outlasts the heartbeat of the broker. */
export function listNetworkFaults(hosts: readonly string[]): Fault[] {
  return hosts.flatMap((host) => [cut(host, host === 'broker' ? 25_000 : 4_000), disturb(host)]);
}

/** Every fault at least once, in an order that the seed decides. */
export function planFaults(faults: readonly Fault[], random: () => number): Fault[] {
  const plan = [...faults];
  for (let left = plan.length - 1; left > 0; left--) {
    const other = Math.floor(random() * (left + 1));
    [plan[left], plan[other]] = [plan[other] as Fault, plan[left] as Fault];
  }
  return plan;
}

function killChildren(parent: number | undefined): void {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(parent)], { encoding: 'utf8' });
  for (const pid of listed.trim().split(/\s+/).map(Number)) {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // ended by itself between listing and killing
    }
  }
}
