import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openBareLoop } from './bare-loop.js';
import { openBrokerYard } from './broker-yard.js';
import { compete, withContenders, type Contender } from './contest.js';
import { measureLatencies, runInFlight } from './load.js';
import { withPostgres } from './postgres-server.js';
import { withRabbitmq } from './rabbitmq-server.js';
import { percentile, type Bench, type Figure } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;
const TASKS = 4_000;
const IN_FLIGHT = 200;
const LATENCY_TASKS = 300;

const root = process.cwd();
const fixtures = join(root, 'bench', 'fixtures');
const bin = join(root, '.cache', 'bench-venv', 'bin');

/** Tasks through RabbitMQ, from submit to stored result, against Celery and against the bare client library. */
export const run: Bench = (say) =>
  withPostgres((storeUrl) =>
    withRabbitmq(({ url }) => {
      let submitOne = async (): Promise<void> => undefined;
      const openYard = async (): Promise<Contender> => {
        const yard = await openBrokerYard({
          ...{ name: YARD, queueUrl: url, storeUrl, prefix: 'bench', inFlight: IN_FLIGHT },
          ...{ project: join(fixtures, 'typescript-echo'), algorithm: 'noop', payload: {} },
        });
        submitOne = () => yard.once();
        return yard;
      };
      const openers = [() => openLimit(url), openYard, () => openCelery(url)];
      return withContenders(openers, (contenders) => compare(contenders, () => submitOne(), say));
    }),
  );

async function compare(
  contenders: readonly Contender[],
  submitOne: () => Promise<void>,
  say: (line: string) => void,
): Promise<Figure[]> {
  const options = { rounds: ROUNDS, count: TASKS, warmUp: 1_000, unit: 'tasks/s' };
  const rate = await compete(contenders, options, say);
  const waits = await measureLatencies(LATENCY_TASKS, rate(YARD) / 10, submitOne);
  return [
    {
      title: 'RabbitMQ: publish, consume, acknowledge with the bare client library',
      value: rate(LIMIT),
      unit: 'messages/s',
    },
    { title: 'RabbitMQ: Celery, two processes, results on', value: rate(CELERY), unit: 'tasks/s' },
    {
      title: 'RabbitMQ + PostgreSQL: submit → result stored and read, 200 in flight',
      value: rate(YARD),
      unit: 'tasks/s',
      ratios: [
        { to: 'Celery', ratio: rate(YARD) / rate(CELERY), goal: 3 },
        { to: 'the bare client library', ratio: rate(YARD) / rate(LIMIT) },
      ],
    },
    {
      title: 'RabbitMQ + PostgreSQL: latency at a tenth of its load, p50',
      value: percentile(waits, 0.5),
      unit: 'ms',
    },
    {
      title: 'RabbitMQ + PostgreSQL: latency at a tenth of its load, p99',
      value: percentile(waits, 0.99),
      unit: 'ms',
    },
  ];
}

const LIMIT = 'bare loop';
const YARD = 'Runyard';
const CELERY = 'Celery';

async function openLimit(url: string): Promise<Contender> {
  const { once, close } = await openBareLoop(url);
  return { name: LIMIT, run: (count) => runInFlight(count, IN_FLIGHT, once), close };
}

async function openCelery(url: string): Promise<Contender> {
  const env = { ...process.env, BENCH_BROKER: `${url.replace('amqp:', 'pyamqp:')}//` };
  const options = { cwd: join(fixtures, 'celery'), env };
  const arguments_ = [
    '-A',
    'bench_tasks',
    'worker',
    '--pool',
    'prefork',
    '--concurrency',
    '2',
    '--loglevel',
    'INFO',
  ];
  const worker = new ServerProcess(join(bin, 'celery'), arguments_, options);
  await worker.waitFor(/ready\./);
  const client = new ServerProcess(join(bin, 'python'), ['bench_tasks.py', String(IN_FLIGHT)], {
    ...options,
    input: true,
  });
  if (!client.child.stdout || !client.child.stdin) throw new Error('expected pipes to the client');
  const lines = createInterface({ input: client.child.stdout })[Symbol.asyncIterator]();
  return {
    name: CELERY,
    async run(count) {
      client.child.stdin?.write(`${count}\n`);
      const line = (await lines.next()) as IteratorResult<string, undefined>;
      if (line.done) throw new Error(`the client ended: ${client.output}`);
      return Number(line.value);
    },
    async close() {
      await client.end();
      await worker.end();
    },
  };
}
