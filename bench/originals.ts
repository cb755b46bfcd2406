import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeOriginalBroker } from '../test/original/broker-options.js';
import { findPython } from '../test/original/python.js';
import { findFreePort } from '../test/original.js';
import { openBrokerYard } from './broker-yard.js';
import { compete, withContenders, type Contender } from './contest.js';
import { withPostgres } from './postgres-server.js';
import { withRabbitmq } from './rabbitmq-server.js';
import type { Bench } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;
const TASKS = 2_000;
const IN_FLIGHT = 200;
/** Rare enough to cost nothing worth mentioning, and often enough for a measure of seconds. */
const POLL_MS = 100;
const PAYLOAD = { text: 'hello', count: 1 };

const root = process.cwd();
const fixtures = join(root, 'bench', 'fixtures');
const programs = join(root, 'test', 'original', 'programs');

const ORIGINALS = 'the original programs';
const APART = 'Runyard in their place';
const PYTHON = 'Runyard, Python';
const TYPESCRIPT = 'Runyard, TypeScript';

/** The original Python programs (producer → queue → controller → runner) against Runyard on the same broker, each with an echo. */
export const run: Bench = (say) =>
  withPostgres((storeUrl) =>
    withRabbitmq(async (broker) => {
      const yard = {
        queueUrl: broker.url,
        storeUrl,
        algorithm: 'echo',
        payload: PAYLOAD,
        inFlight: IN_FLIGHT,
      };
      const inOneProcess = (name: string, project: string) => () =>
        openBrokerYard({
          ...yard,
          name,
          project: join(fixtures, project),
          prefix: project.replace('-', '_'),
        });
      const openers = [
        () => openOriginals(broker.url),
        () => openInTheirPlace(broker.url, storeUrl),
        inOneProcess(PYTHON, 'python-echo'),
        inOneProcess(TYPESCRIPT, 'typescript-echo'),
      ];
      return withContenders(openers, async (contenders) => {
        const options = { rounds: ROUNDS, count: TASKS, warmUp: 3_000, unit: 'tasks/s' };
        const rate = await compete(contenders, options, say);
        const figure = (name: string, title: string) => ({
          title,
          value: rate(name),
          unit: 'tasks/s',
          ratios: [{ to: ORIGINALS, ratio: rate(name) / rate(ORIGINALS), goal: 3 }],
        });
        return [
          {
            title:
              'the original Python programs: producer → queue → controller → runner, results logged nowhere',
            value: rate(ORIGINALS),
            unit: 'tasks/s',
          },
          figure(
            APART,
            'controller, runner and discovery in their place, fed by the original producer, echo in Python, results stored in PostgreSQL',
          ),
          figure(PYTHON, 'RabbitMQ + PostgreSQL: submit → result stored and read, echo in Python'),
          figure(TYPESCRIPT, 'RabbitMQ + PostgreSQL: submit → result stored and read, echo in TypeScript'),
        ];
      });
    }, describeOriginalBroker()),
  );

/** Variables that the programs of both sides read. */
async function describeParts(brokerUrl: string, queue: string) {
  const [discovery, runner] = [String(await findFreePort()), String(await findFreePort())];
  const shared = {
    PATH: process.env['PATH'],
    PYTHONPATH: programs,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    // Nobody is slowed down by what it logs.
    LOG_LEVEL: 'WARNING',
    RABBITMQ_HOST: new URL(brokerUrl).hostname,
    QUEUE_NAME: queue,
    RUNNER_DISCOVERY_CONTAINER_NAME: '127.0.0.1',
    RUNNER_DISCOVERY_PORT: discovery,
  };
  return {
    shared,
    discovery: { ...shared, PORT: discovery },
    runner: { ...shared, PORT: runner, CONTAINER_NAME: '127.0.0.1' },
  };
}

/** Has the original producer send so many messages, and one more at their end. */
async function produce(env: NodeJS.ProcessEnv, count: number, last?: object): Promise<void> {
  const producer = new ServerProcess(findPython(), ['-m', 'producer'], { env, cwd: programs, input: true });
  const line = `${JSON.stringify({ algorithm: 'echo', payload: PAYLOAD })}\n`;
  producer.child.stdin?.end(line.repeat(count) + (last ? `${JSON.stringify(last)}\n` : ''));
  const code = await new Promise((resolve) => producer.child.once('close', resolve));
  if (code !== 0) throw new Error(`the producer failed: ${producer.output}`);
}

async function openOriginals(brokerUrl: string): Promise<Contender> {
  const parts = await describeParts(brokerUrl, 'bench-originals');
  const cwd = join(fixtures, 'original-echo');
  const start = (module: string, env: NodeJS.ProcessEnv): ServerProcess =>
    new ServerProcess(findPython(), ['-m', module], { cwd, env });
  const discovery = start('discovery', parts.discovery);
  await discovery.waitFor(/Uvicorn running/);
  const runner = start('runnerlib', parts.runner);
  await runner.waitFor(/Uvicorn running/);
  const controller = start('controller', parts.shared);
  let rounds = 0;
  return {
    name: ORIGINALS,
    async run(count) {
      const line = `the controller has done round ${++rounds}`;
      const started = performance.now();
      await produce(parts.shared, count, { algorithm: 'tell', payload: { line } });
      await runner.waitFor(new RegExp(`^${line}$`, 'm'));
      return (count / (performance.now() - started)) * 1000;
    },
    async close() {
      for (const part of [controller, runner, discovery]) await part.end();
    },
  };
}

/** Components of Runyard, each a process, configured by the variables of those whose places they take. */
async function openInTheirPlace(brokerUrl: string, storeUrl: string): Promise<Contender> {
  const parts = await describeParts(brokerUrl, 'bench-in-their-place');
  const cwd = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
  const schema = 'in_their_place';
  const start = async (args: string[], env: NodeJS.ProcessEnv): Promise<ServerProcess> => {
    const names = { RUNYARD_STORE_URL: storeUrl, RUNYARD_STORE_SCHEMA: schema, RUNYARD_QUEUE_PREFIX: schema };
    const part = new ServerProcess(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
      cwd,
      env: { ...env, ...names },
    });
    await part.waitFor(new RegExp(`^${args[0]} `, 'm'));
    return part;
  };
  const discovery = await start(['discovery'], parts.discovery);
  const runner = await start(['runner', join(fixtures, 'python-echo')], parts.runner);
  const controller = await start(['controller'], parts.shared);
  const [, url = ''] = await controller.waitFor(/^controller (\S+)/m);
  const countDone = async (): Promise<number> => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^runyard_attempts_total\{.*outcome="ok".*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
  };
  return {
    name: APART,
    async run(count) {
      const before = await countDone();
      const started = performance.now();
      await produce(parts.shared, count);
      while ((await countDone()) < before + count)
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return (count / (performance.now() - started)) * 1000;
    },
    async close() {
      for (const part of [controller, runner, discovery]) await part.end();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
