import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, QueueEvents, Worker } from 'bullmq';
import { createYard, resolveSettings, type Yard } from '../src/index.js';
import { measureLatencies, runInFlight } from './load.js';
import { median, percentile, type Bench } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;
const TASKS = 6_000;
const IN_FLIGHT = 200;
const LATENCY_TASKS = 400;
const REDIS_PORT = 16_379;

const root = process.cwd();
const fixtures = join(root, 'bench', 'fixtures');
const temporary = mkdtempSync(join(tmpdir(), 'runyard-bench-'));

/** Submits one task and resolves when the submitter has its result. */
type SubmitAndWait = () => Promise<unknown>;

interface Contender {
  name: string;
  submit: SubmitAndWait;
  close(): Promise<void>;
}

/** Submit → result through the embedded queue, against BullMQ on Redis doing the same no-op. */
export const run: Bench = async (say) => {
  const redis = new ServerProcess('redis-server', [
    '--port',
    String(REDIS_PORT),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    temporary,
  ]);
  await redis.waitFor(/Ready to accept connections/);
  const contenders: Contender[] = [];
  try {
    contenders.push(
      await openYard(),
      await openBull('BullMQ inline', 100),
      await openBull('BullMQ sandboxed', 8),
    );
    const rates = new Map<string, number[]>();
    for (const { submit } of contenders) await runInFlight(1_000, IN_FLIGHT, submit);
    for (let round = 1; round <= ROUNDS; round++) {
      for (const { name, submit } of contenders) {
        const rate = await runInFlight(TASKS, IN_FLIGHT, submit);
        rates.set(name, [...(rates.get(name) ?? []), rate]);
        say(`round ${round} ${name}: ${Math.round(rate)} tasks/s`);
      }
    }
    const rate = (name: string): number => median(rates.get(name) ?? []);
    const latencies = new Map<string, number[]>();
    for (const { name, submit } of contenders)
      latencies.set(name, await measureLatencies(LATENCY_TASKS, rate(name) / 10, submit));
    return figures(rate, latencies);
  } finally {
    for (const contender of contenders) await contender.close();
    await redis.end();
  }
};

function figures(
  rate: (name: string) => number,
  latencies: Map<string, number[]>,
): Awaited<ReturnType<Bench>> {
  const [ours, inline, sandboxed] = [rate('Runyard'), rate('BullMQ inline'), rate('BullMQ sandboxed')];
  const p50 = (name: string): number => percentile(latencies.get(name) ?? [], 0.5);
  const p99 = (name: string): number => percentile(latencies.get(name) ?? [], 0.99);
  return [
    {
      title: 'submit → result, BullMQ inline (no process apart, no sync of the disk)',
      value: inline,
      unit: 'tasks/s',
    },
    { title: 'submit → result, BullMQ sandboxed processor', value: sandboxed, unit: 'tasks/s' },
    {
      title: 'submit → result, embedded queue',
      value: ours,
      unit: 'tasks/s',
      ratios: [
        { to: 'BullMQ sandboxed', ratio: ours / sandboxed, goal: 2 },
        { to: 'BullMQ inline', ratio: ours / inline, goal: 0.6 },
      ],
    },
    ...['BullMQ inline', 'BullMQ sandboxed', 'Runyard'].flatMap((name) => [
      { title: `latency at a tenth of its load, ${name}, p50`, value: p50(name), unit: 'ms' },
      { title: `latency at a tenth of its load, ${name}, p99`, value: p99(name), unit: 'ms' },
    ]),
  ];
}

async function openYard(): Promise<Contender> {
  const settings = resolveSettings([
    { name: 'bench', values: { gateway: { port: 0 }, discovery: { port: 0 }, runner: { port: 0 } } },
  ]);
  const yard: Yard = await createYard({
    dirs: [join(fixtures, 'typescript-echo')],
    settings,
    dataDir: join(temporary, 'data'),
    env: process.env,
  });
  return {
    name: 'Runyard',
    submit: async () => {
      const { task } = await yard.tasks.submit({ algorithm: 'noop', payload: {} });
      const ended = await yard.tasks.wait(task.id, { timeoutMs: 60_000 });
      if (ended.state !== 'succeeded')
        throw new Error(`a task ended ${ended.state}: ${ended.error?.message}`);
    },
    close: () => yard.close(),
  };
}

async function openBull(name: string, concurrency: number): Promise<Contender> {
  const connection = { host: '127.0.0.1', port: REDIS_PORT, maxRetriesPerRequest: null };
  const queueName = name.replace(/\W/g, '-');
  const queue = new Queue(queueName, { connection, defaultJobOptions: { removeOnComplete: 1000 } });
  const events = new QueueEvents(queueName, { connection });
  // One listener per job that is waited for; the default of 10 is a guard against leaks.
  queue.setMaxListeners(0);
  events.setMaxListeners(0);
  const processor = name.endsWith('inline') ? () => Promise.resolve(null) : join(fixtures, 'bullmq-noop.cjs');
  const worker = new Worker(queueName, processor, { connection, concurrency });
  await Promise.all([events.waitUntilReady(), worker.waitUntilReady()]);
  return {
    name,
    submit: async () => {
      const job = await queue.add('noop', {});
      await job.waitUntilFinished(events);
    },
    close: async () => {
      await worker.close();
      await events.close();
      await queue.close();
    },
  };
}
