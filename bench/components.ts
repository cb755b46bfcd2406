import { createClient } from '../src/index.js';
import { Fleet } from '../test/distributed/fleet.js';
import { runInFlight } from './load.js';
import { withPostgres } from './postgres-server.js';
import { readPostgresWork, type PostgresWork } from './postgres-work.js';
import { readProcessorTimes, subtractTimes } from './processor-times.js';
import { withRabbitmq } from './rabbitmq-server.js';
import { median, type Bench, type Figure } from './report.js';

const ROUNDS = 5;
const TASKS = 2_000;
const IN_FLIGHT = 100;
const PARTS = ['discovery-0', 'runner-0', 'controller-0', 'gateway-0'];

/** Processor time of each component for one task, each in a process of its own, submitted over HTTP and waited for. */
export const run: Bench = (say) =>
  withPostgres((storeUrl, storePid) =>
    withRabbitmq(async (broker) => {
      const fleet = await Fleet.create({ queueUrl: broker.url, storeUrl, prefix: 'bench' });
      try {
        const submit = await openFleet(fleet);
        await runInFlight(500, IN_FLIGHT, submit);
        const workBefore = await readPostgresWork(storeUrl, fleet.schema);
        const costs = new Map<string, number[]>();
        const rates: number[] = [];
        for (let round = 1; round <= ROUNDS; round++) {
          const before = await readTimes(fleet, broker.pid, storePid);
          const rate = await runInFlight(TASKS, IN_FLIGHT, submit);
          for (const [name, ms] of subtractTimes(await readTimes(fleet, broker.pid, storePid), before))
            costs.set(name, [...(costs.get(name) ?? []), (ms * 1000) / TASKS]);
          rates.push(rate);
          say(`round ${round}: ${Math.round(rate)} tasks/s`);
        }
        const work = await readPostgresWork(storeUrl, fleet.schema);
        return [
          {
            title: 'components apart: HTTP submit → result read, 100 in flight',
            value: median(rates),
            unit: 'tasks/s',
          },
          ...describeCosts(new Map([...costs].map(([name, values]) => [name, median(values)]))),
          ...describeWork(workBefore, work),
        ];
      } finally {
        await fleet.end('SIGTERM');
      }
    }),
  );

/** Starts the components, and gives the way to run a task through all of them. */
async function openFleet(fleet: Fleet): Promise<(value: number) => Promise<void>> {
  for (const name of PARTS) await fleet.start(name);
  await Promise.all(PARTS.map((name) => fleet.ready(name)));
  const client = createClient({ url: fleet.gatewayUrls[0] ?? '' });
  while ((await client.algorithms()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  return async (value) => {
    const { id } = await client.submit('work', { value });
    const { state } = await client.wait(id);
    if (state !== 'succeeded') throw new Error(`a task ended ${state}`);
  };
}

/** Microseconds of a core for one task are cores for a million tasks a second. */
function describeCosts(costs: ReadonlyMap<string, number>): Figure[] {
  const total = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  return [...costs, ['all of them together', total] as const].map(([name, value]) => ({
    title: `components apart: processor time of ${name} for one task`,
    value,
    unit: 'µs',
    ...(value !== total && { ratios: [{ to: 'all of them together', ratio: value / total }] }),
  }));
}

function describeWork(before: PostgresWork, after: PostgresWork): Figure[] {
  const perTask = (name: keyof PostgresWork): number => (after[name] - before[name]) / (TASKS * ROUNDS);
  const title = (what: string): string => `components apart: ${what} of PostgreSQL for one task`;
  return [
    { title: title('transactions'), value: perTask('commits'), unit: '' },
    { title: title('syncs of the disk'), value: perTask('syncs'), unit: '' },
    { title: title('log'), value: perTask('logBytes'), unit: 'bytes' },
    { title: title('tables and indexes'), value: perTask('tableBytes'), unit: 'bytes' },
  ];
}

/** Milliseconds of processor time so far, by component; a runner without its processes, which are apart. */
function readTimes(fleet: Fleet, brokerPid: number, storePid: number): Promise<Map<string, number>> {
  const parts = new Map(PARTS.map((name) => [fleet.get(name).child.pid, name.replace('-0', '')]));
  return readProcessorTimes(({ pid, parent }) => {
    const part = parts.get(pid);
    if (part !== undefined) return part;
    if (parts.get(parent) === 'runner') return 'the algorithm’s processes';
    if (pid === brokerPid) return 'RabbitMQ';
    return parent === storePid || pid === storePid ? 'PostgreSQL' : undefined;
  });
}
