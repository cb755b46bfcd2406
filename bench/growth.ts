import { createClient, type RunyardClient } from '../src/index.js';
import { Fleet } from '../test/distributed/fleet.js';
import type { RabbitmqProcess } from '../test/servers/rabbitmq-process.js';
import { measureLatencies, runInFlight } from './load.js';
import { withPostgres } from './postgres-server.js';
import { readProcessorTimes, subtractTimes } from './processor-times.js';
import { withRabbitmq } from './rabbitmq-server.js';
import { median, percentile, type Figure } from './report.js';
import { SimulatedRunners } from './simulated-runners.js';

const ROUNDS = 3;
const TASKS = 1_500;
const IN_FLIGHT = 100;
const LATENCY_TASKS = 200;
const QUESTIONS = 9;
const REST_MS = 10_000;
const PARTS = ['discovery-0', 'controller-0', 'gateway-0'];

/** Which of the components' processor time is told. */
const COMPONENTS = ['discovery', 'controller', 'gateway', 'RabbitMQ', 'PostgreSQL'];

export interface Growth {
  /** Of what there are more and more. */
  unit: string;
  /** How many, from few to many. */
  sizes: readonly number[];
  /** What it means that there are so many. */
  describe: (size: number) => { runners: number; algorithms: readonly string[]; capacity: number };
  /** Asked of the gateway at each size, by what is said of it. */
  questions: Readonly<Record<string, string>>;
}

interface Measured {
  rate: number;
  p50: number;
  p99: number;
  /** Microseconds of processor time for one task. */
  perTask: Map<string, number>;
  /** Share of a core with nothing to do. */
  atRest: Map<string, number>;
  /** Milliseconds to an answer. */
  answers: Map<string, number>;
}

interface Servers {
  broker: RabbitmqProcess;
  storeUrl: string;
  storePid: number;
}

/** Measures the components, each a process of its own, at growing sizes of one thing, and compares each with the first. */
export function measureGrowth(growth: Growth, say: (line: string) => void): Promise<Figure[]> {
  return withPostgres((storeUrl, storePid) =>
    withRabbitmq(async (broker) => {
      const measured = new Map<number, Measured>();
      for (const size of growth.sizes) {
        const one = await measureSize(growth, size, { broker, storeUrl, storePid }, say);
        say(`${size} ${growth.unit}: ${Math.round(one.rate)} tasks/s, p50 ${one.p50.toFixed(1)} ms`);
        measured.set(size, one);
      }
      return compare(growth, measured);
    }),
  );
}

/** `--sizes=1,1000` on the command line takes those instead of all. */
export function readSizes(): number[] | undefined {
  const option = '--sizes=';
  const sizes = process.argv.find((word) => word.startsWith(option))?.slice(option.length);
  return sizes?.split(',').map(Number);
}

async function measureSize(
  growth: Growth,
  size: number,
  servers: Servers,
  say: (line: string) => void,
): Promise<Measured> {
  const { runners, algorithms, capacity } = growth.describe(size);
  const { broker, storeUrl } = servers;
  const fleet = await Fleet.create({ queueUrl: broker.url, storeUrl, prefix: `growth-${size}` });
  let simulated: SimulatedRunners | undefined;
  try {
    for (const name of PARTS) await fleet.start(name);
    await Promise.all(PARTS.map((name) => fleet.ready(name)));
    simulated = await SimulatedRunners.start({
      discoveryUrl: fleet.discoveryUrls[0] ?? '',
      count: runners,
      algorithms,
      capacity,
    });
    const url = fleet.gatewayUrls[0] ?? '';
    const client = createClient({ url });
    await waitForOffers(client, algorithms.length, runners);
    const submit = (number: number): Promise<void> =>
      runTask(client, algorithms[number % algorithms.length] ?? '');
    const started = performance.now();
    // Each lane is declared by its first task, each runner connected to by its first; runners are drawn by chance.
    await runInFlight(Math.max(500, algorithms.length, runners * 4), IN_FLIGHT, submit);
    say(`${size} ${growth.unit}: up, first tasks after ${Math.round(performance.now() - started)} ms`);
    const readTimes = (): Promise<Map<string, number>> => readTimesOf(fleet, servers);
    const load = await measureLoad(submit, readTimes);
    const latencies = await measureLatencies(LATENCY_TASKS, load.rate / 10, submit);
    return {
      ...load,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      atRest: await measureRest(readTimes),
      answers: await measureAnswers(url, growth.questions),
    };
  } finally {
    await simulated?.close();
    await fleet.end('SIGTERM');
  }
}

async function runTask(client: RunyardClient, algorithm: string): Promise<void> {
  const { id } = await client.submit(algorithm, { value: 1 });
  const { state, error } = await client.wait(id);
  if (state !== 'succeeded') throw new Error(`a task ended ${state}: ${error?.message}`);
}

async function waitForOffers(client: RunyardClient, algorithms: number, runners: number): Promise<void> {
  for (;;) {
    const offered = await client.algorithms();
    if (offered.length === algorithms && offered[0]?.runners.length === runners) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function measureLoad(
  submit: (number: number) => Promise<void>,
  readTimes: () => Promise<Map<string, number>>,
): Promise<{ rate: number; perTask: Map<string, number> }> {
  const rates: number[] = [];
  const before = await readTimes();
  for (let round = 0; round < ROUNDS; round++) rates.push(await runInFlight(TASKS, IN_FLIGHT, submit));
  const taken = subtractTimes(await readTimes(), before);
  const perTask = new Map([...taken].map(([name, ms]) => [name, (ms * 1000) / (TASKS * ROUNDS)]));
  return { rate: median(rates), perTask };
}

/** Leases are renewed, lanes looked at, and nothing else. */
async function measureRest(readTimes: () => Promise<Map<string, number>>): Promise<Map<string, number>> {
  const before = await readTimes();
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  const taken = subtractTimes(await readTimes(), before);
  return new Map([...taken].map(([name, ms]) => [name, ms / REST_MS]));
}

async function measureAnswers(
  url: string,
  questions: Readonly<Record<string, string>>,
): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  for (const [what, path] of Object.entries(questions)) {
    const times: number[] = [];
    for (let question = 0; question < QUESTIONS; question++) {
      const from = performance.now();
      const response = await fetch(url + path);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`GET ${path} gave ${response.status}`);
      times.push(performance.now() - from);
    }
    answers.set(what, median(times));
  }
  return answers;
}

function readTimesOf(fleet: Fleet, { broker, storePid }: Servers): Promise<Map<string, number>> {
  const parts = new Map(PARTS.map((name) => [fleet.get(name).child.pid, name.replace('-0', '')]));
  return readProcessorTimes(({ pid, parent }) => {
    if (pid === broker.pid) return 'RabbitMQ';
    return parent === storePid || pid === storePid ? 'PostgreSQL' : parts.get(pid);
  });
}

function compare({ unit, sizes, questions }: Growth, measured: ReadonlyMap<number, Measured>): Figure[] {
  const [base = 1] = sizes;
  const figure = (title: string, unitOf: string, pick: (one: Measured) => number | undefined): Figure[] => {
    const read = (size: number): number => {
      const one = measured.get(size);
      return (one && pick(one)) ?? Number.NaN;
    };
    return sizes.map((size) => ({
      title: `${size} ${unit}: ${title}`,
      value: read(size),
      unit: unitOf,
      // Too little for a tick of the processor's clock compares with nothing.
      ...(size !== base &&
        read(base) > 0 && { ratios: [{ to: `with ${base}`, ratio: read(size) / read(base) }] }),
    }));
  };
  return [
    ...figure('submit → result read, 100 in flight', 'tasks/s', ({ rate }) => rate),
    ...figure('latency at a tenth of the load, p50', 'ms', ({ p50 }) => p50),
    ...figure('latency at a tenth of the load, p99', 'ms', ({ p99 }) => p99),
    ...COMPONENTS.filter((name) => name !== 'discovery').flatMap((name) =>
      figure(`processor time of ${name} for one task`, 'µs', ({ perTask }) => perTask.get(name)),
    ),
    ...COMPONENTS.flatMap((name) =>
      figure(`share of a core that ${name} takes at rest`, 'cores', ({ atRest }) => atRest.get(name)),
    ),
    ...Object.keys(questions).flatMap((what) => figure(what, 'ms', ({ answers }) => answers.get(what))),
  ];
}
