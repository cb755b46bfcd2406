import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { releaseLater } from '../release.js';
import { PostgresProcess } from '../servers/postgres-process.js';
import { runSql } from '../servers/postgres.js';
import { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import { createPrefix } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { createRandom, FAULTS, listNetworkFaults, planFaults, type Site } from './fault-schedule.js';
import { Fleet, type Place } from './fleet.js';
import { Load } from './load.js';
import { TestNetwork } from './network.js';

const TASKS = 10_000;
/** Which component runs on which host. */
const HOSTS = {
  one: ['discovery-0', 'gateway-0'],
  two: ['discovery-1', 'gateway-1'],
  three: ['controller-0'],
  four: ['controller-1'],
  five: ['runner-0'],
  six: ['runner-1'],
};
const COMPONENTS = Object.values(HOSTS).flat();
const seed = Number(process.env['RUNYARD_TEST_SEED'] ?? Math.floor(Math.random() * 1e6));
/** Hosts are network namespaces, which root can make; without, all is on this host and its lines hold. */
const obstacle = TestNetwork.findObstacle();
if (obstacle !== undefined) console.warn(`All components run on one host, and no line is cut: ${obstacle}`);

async function createFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `runyard-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

async function createSite(random: () => number): Promise<Site> {
  const network = obstacle === undefined ? releaseLater(new TestNetwork()) : undefined;
  const places = new Map<string, Place>();
  const place = (host: string): { host?: string; prefix?: readonly string[] } => {
    const made = network?.add(host);
    if (!made) return {};
    places.set(host, made);
    return { host: made.address, prefix: made.enter };
  };
  const broker = await RabbitmqProcess.create(await createFolder('broker'), place('broker'));
  const database = await PostgresProcess.create(await createFolder('database'), place('database'));
  releaseLater({ close: () => Promise.all([broker.stop(), database.stop('fast')]) });
  await Promise.all([broker.start(), database.start()]);
  for (const host of Object.keys(HOSTS)) place(host);
  const hostOf = (name: string): string =>
    Object.entries(HOSTS).find(([, names]) => names.includes(name))?.[0] ?? '';
  const fleet = await Fleet.create({
    queueUrl: broker.url,
    storeUrl: database.url,
    prefix: createPrefix(),
    placeOf: (name) => places.get(hostOf(name)) ?? { address: '127.0.0.1', enter: [] },
  });
  releaseLater({ close: () => fleet.end() });
  for (const name of COMPONENTS) await fleet.start(name);
  await Promise.all(COMPONENTS.map((name) => fleet.ready(name)));
  return { fleet, broker, database, random, ...(network && { network }) };
}

it(`${TASKS} tasks survive every fault of the schedule: all end, none is lost, none succeeds twice (seed ${seed})`, async () => {
  const random = createRandom(seed);
  const site = await createSite(random);
  const { fleet, database } = site;
  const load = new Load(
    fleet.gatewayUrls.map((url) => createClient({ url })),
    TASKS,
  );
  const { accepted } = load;
  const running = load.run();
  const lines = site.network ? listNetworkFaults(['broker', 'database', ...Object.keys(HOSTS)]) : [];
  const survived: string[] = [];
  for (const fault of planFaults([...FAULTS, ...lines], random)) {
    await fault.strike(site);
    const before = accepted.size;
    await until(
      () => `tasks are accepted again after: ${fault.name}\n${fleet.describe()}`,
      () => accepted.size > before + 20,
      { timeoutMs: 120_000 },
    );
    survived.push(`${fault.name} (${accepted.size} accepted)`);
  }
  load.hurry();
  await running;
  console.log(`seed ${seed}; faults survived under load:\n  ${survived.join('\n  ')}`);

  const tasks = `"${fleet.schema}".tasks`;
  await until(
    () => `every accepted task has ended\n${fleet.describe()}`,
    async () => {
      const [row] = await runSql(database.url, `SELECT count(*)::int AS open FROM ${tasks} WHERE state < 2`);
      return row?.['open'] === 0;
    },
    { timeoutMs: 300_000, everyMs: 1_000 },
  );
  const rows = await runSql(database.url, `SELECT id, state, result, attempts FROM ${tasks}`);
  const records = new Map(rows.map((row) => [String(row['id']), row]));
  expect(accepted.size).toBeGreaterThanOrEqual(TASKS);
  for (const [id, value] of accepted) {
    const record = records.get(id);
    expect(record, `task ${id} is kept`).toBeDefined();
    expect(record, `task ${id}`).toMatchObject({ state: 2, result: String(value + 1) });
    const attempts = JSON.parse(`[${String(record?.['attempts'])}]`) as { error?: unknown }[];
    expect(
      attempts.filter(({ error }) => error === undefined),
      `successes of task ${id}`,
    ).toHaveLength(1);
  }
}, 1_500_000);
