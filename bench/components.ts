import { createClient } from '../src/index.js';
import { Fleet } from '../test/distributed/fleet.js';
import { runInFlight } from './load.js';
import { withPostgres } from './postgres-server.js';
import { readProcessorTimes, subtractTimes } from './processor-times.js';
import { withRabbitmq } from './rabbitmq-server.js';
import { median, type Bench } from './report.js';

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
        await runInFlight(500, IN_FLIGHT, submit);
        const costs = new Map<string, number[]>();
        const rates: number[] = [];
        for (let round = 1; round <= ROUNDS; round++) {
          const before = await readTimes(fleet, broker.pid, storePid);
          rates.push(await runInFlight(TASKS, IN_FLIGHT, submit));
          for (const [name, ms] of subtractTimes(await readTimes(fleet, broker.pid, storePid), before))
            costs.set(name, [...(costs.get(name) ?? []), (ms * 1000) / TASKS]);
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
      }
    }),
  );

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
