import { openBareLoop } from './bare-loop.js';
import { measureGrowth, readSizes } from './growth.js';
import { runInFlight } from './load.js';
import { readProcessorTimes } from './processor-times.js';
import { withRabbitmq } from './rabbitmq-server.js';
import type { Bench, Figure } from './report.js';

const SIZES = [1, 10, 100, 1_000];
const MESSAGES = 4_500;
const IN_FLIGHT = 100;

/** What it costs that tasks are of many algorithms: one runner offers all of them, and each task is of the next one. */
export const run: Bench = async (say) => {
  const sizes = readSizes() ?? SIZES;
  const figures = await measureGrowth(
    {
      unit: 'lanes',
      sizes,
      describe: (lanes) => ({
        runners: 1,
        algorithms: Array.from({ length: lanes }, (_, index) => `algorithm_${index}`),
        capacity: 100,
      }),
      questions: {
        'the list of algorithms': '/algorithms',
        'the document of all operations': '/openapi.json',
        'the newest 50 tasks': '/tasks?limit=50',
        'the newest 50 dead tasks': '/tasks?state=dead&limit=50',
        'the newest 50 of one algorithm': '/tasks?algorithm=algorithm_0&limit=50',
        'how much waits in each lane': '/queues',
        metrics: '/metrics',
      },
    },
    say,
  );
  return [...figures, ...(await measureBareLoops(sizes))];
};

/** What the broker itself takes for a message when it has as many quorum queues and nobody does anything else. */
function measureBareLoops(sizes: readonly number[]): Promise<Figure[]> {
  return withRabbitmq(async ({ url, pid }) => {
    const readMs = async (): Promise<number> => {
      const times = await readProcessorTimes((process) => (process.pid === pid ? 'broker' : undefined));
      return times.get('broker') ?? 0;
    };
    const costs: number[] = [];
    for (const size of sizes) {
      const loop = await openBareLoop(url, size);
      await runInFlight(Math.max(500, size), IN_FLIGHT, loop.once);
      const before = await readMs();
      await runInFlight(MESSAGES, IN_FLIGHT, loop.once);
      costs.push((((await readMs()) - before) * 1000) / MESSAGES);
      await loop.close();
    }
    return costs.map((cost, index) => ({
      title: `${sizes[index]} quorum queues: processor time of RabbitMQ for one message of a bare loop`,
      value: cost,
      unit: 'µs',
      ...(index > 0 && { ratios: [{ to: `with ${sizes[0]}`, ratio: cost / (costs[0] ?? Number.NaN) }] }),
    }));
  });
}
