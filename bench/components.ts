import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '../src/index.js';
import { Fleet } from '../test/distributed/fleet.js';
import { RabbitmqProcess } from '../test/servers/rabbitmq-process.js';
import { withPostgres } from './postgres-server.js';
import { median, type Bench } from './report.js';

const ROUNDS = 5;
const TASKS = 2_000;
const IN_FLIGHT = 100;
/** A tick of the processor's clock in /proc. */
const TICK_MS = 10;
const PARTS = ['discovery-0', 'runner-0', 'controller-0', 'gateway-0'];

/** Processor time of each component for one task, each in a process of its own, submitted over HTTP and waited for. */
export const run: Bench = (say) =>
  withPostgres(async (storeUrl) => {
    const folder = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
    const broker = await RabbitmqProcess.create(folder);
    await broker.start();
    const fleet = await Fleet.create({ queueUrl: broker.url, storeUrl, prefix: 'bench' });
    try {
      for (const name of PARTS) await fleet.start(name);
      await Promise.all(PARTS.map((name) => fleet.ready(name)));
      const client = createClient({ url: fleet.gatewayUrls[0] ?? '' });
      while ((await client.algorithms()).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const submit = async (value: number): Promise<void> => {
        const { id } = await client.submit('work', { value });
        const { state } = await client.wait(id);
        if (state !== 'succeeded') throw new Error(`a task ended ${state}`);
      };
      await runAll(500, submit);
      const costs = new Map<string, number[]>();
      const rates: number[] = [];
      for (let round = 1; round <= ROUNDS; round++) {
        const before = await readTimes(fleet, broker.pid);
        const started = performance.now();
        await runAll(TASKS, submit);
        rates.push((TASKS / (performance.now() - started)) * 1000);
        const after = await readTimes(fleet, broker.pid);
        for (const [name, ms] of after) {
          const cost = ((ms - (before.get(name) ?? 0)) * 1000) / TASKS;
          costs.set(name, [...(costs.get(name) ?? []), cost]);
        }
        say(`round ${round}: ${Math.round(rates.at(-1) ?? 0)} tasks/s`);
      }
      const total = [...costs.values()].reduce((sum, values) => sum + median(values), 0);
      return [
        {
          title: 'components apart: HTTP submit → result read, 100 in flight',
          value: median(rates),
          unit: 'tasks/s',
        },
        ...[...costs].map(([name, values]) => ({
          title: `components apart: processor time of ${name} for one task`,
          value: median(values),
          unit: 'µs',
          ratios: [{ to: 'all of them together', ratio: median(values) / total }],
        })),
      ];
    } finally {
      await fleet.end('SIGTERM');
      await broker.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

async function runAll(count: number, submit: (value: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < count) await submit(next++);
    }),
  );
}

/** Milliseconds of processor time so far, by component; a runner without its processes, which are apart. */
async function readTimes(fleet: Fleet, brokerPid: number): Promise<Map<string, number>> {
  const processes = await listProcesses();
  const times = new Map<string, number>();
  const add = (name: string, ms: number): void => void times.set(name, (times.get(name) ?? 0) + ms);
  const pids = new Map(PARTS.map((name) => [fleet.get(name).child.pid, name.replace('-0', '')]));
  for (const { pid, parent, name, ms } of processes) {
    const part = pids.get(pid);
    if (part !== undefined) add(part, ms);
    else if (pids.get(parent) === 'runner') add('the algorithm’s processes', ms);
    else if (pid === brokerPid) add('RabbitMQ', ms);
    else if (name === 'postgres') add('PostgreSQL', ms);
  }
  return times;
}

async function listProcesses(): Promise<{ pid: number; parent: number; name: string; ms: number }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = await Promise.all(
    pids.map(async (pid) => {
      // One that has just ended is not there any more.
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      const match = /^\d+ \((.*)\) \S (\d+)(?: \S+){9} (\d+) (\d+)/.exec(stat ?? '');
      if (!match) return undefined;
      const [, name = '', parent, user, system] = match;
      return {
        pid: Number(pid),
        parent: Number(parent),
        name,
        ms: (Number(user) + Number(system)) * TICK_MS,
      };
    }),
  );
  return processes.filter((one) => one !== undefined);
}
