import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { releaseLater } from '../release.js';
import { PostgresProcess } from '../servers/postgres-process.js';
import { runSql } from '../servers/postgres.js';
import { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import { createPrefix } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { createRandom, planFaults, type Site } from './fault-schedule.js';
import { Fleet } from './fleet.js';

const TASKS = 10_000;
const SUBMITTERS = 20;
const COMPONENTS = [
  'discovery-0',
  'discovery-1',
  'runner-0',
  'runner-1',
  'controller-0',
  'controller-1',
  'gateway-0',
  'gateway-1',
];
const seed = Number(process.env['RUNYARD_TEST_SEED'] ?? Math.floor(Math.random() * 1e6));

async function createFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `runyard-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

it(`${TASKS} tasks survive every fault of the schedule: all end, none is lost, none succeeds twice (seed ${seed})`, async () => {
  const random = createRandom(seed);
  const broker = await RabbitmqProcess.create(await createFolder('broker'));
  const database = await PostgresProcess.create(await createFolder('database'));
  releaseLater({ close: () => Promise.all([broker.stop(), database.stop('fast')]) });
  await Promise.all([broker.start(), database.start()]);
  const fleet = await Fleet.create({ queueUrl: broker.url, storeUrl: database.url, prefix: createPrefix() });
  releaseLater({ close: () => fleet.end() });
  for (const name of COMPONENTS) await fleet.start(name);
  await Promise.all(COMPONENTS.map((name) => fleet.ready(name)));
  const clients = fleet.gatewayUrls.map((url) => createClient({ url }));

  const accepted = new Map<string, number>();
  const submitting = submitAll(clients, accepted);
  const site: Site = { fleet, broker, database, random };
  const survived: string[] = [];
  for (const fault of planFaults(random)) {
    const before = accepted.size;
    await fault.strike(site);
    await until(
      () => `tasks are accepted again after: ${fault.name}\n${fleet.describe()}`,
      () => accepted.size > before + 50 || accepted.size === TASKS,
      { timeoutMs: 120_000 },
    );
    survived.push(fault.name);
  }
  await submitting;
  console.log(
    `seed ${seed}; faults survived while ${accepted.size} tasks were accepted:\n  ${survived.join('\n  ')}`,
  );

  const schema = fleet.schema;
  await until(
    () => `every accepted task has ended\n${fleet.describe()}`,
    async () => {
      const [row] = await runSql(
        database.url,
        `SELECT count(*)::int AS open FROM "${schema}".tasks WHERE state < 2`,
      );
      return row?.['open'] === 0;
    },
    { timeoutMs: 300_000, everyMs: 1_000 },
  );
  const records = await readRecords(database.url, schema);
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
}, 1_200_000);

/** As clients do: a submission that is refused, or whose answer is lost, is sent again under its key, to whichever gateway. */
async function submitAll(clients: RunyardClient[], accepted: Map<string, number>): Promise<void> {
  let next = 0;
  const submitOne = async (value: number): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      const client = clients[(value + attempt) % clients.length];
      try {
        const task = await client?.submit('work', { value }, { idempotencyKey: `key-${value}` });
        if (task) accepted.set(task.id, value);
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all(
    Array.from({ length: SUBMITTERS }, async () => {
      while (next < TASKS) {
        await submitOne(next++);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }),
  );
}

async function readRecords(url: string, schema: string): Promise<Map<string, Record<string, unknown>>> {
  const rows = await runSql(url, `SELECT id, state, result, attempts FROM "${schema}".tasks`);
  return new Map(rows.map((row) => [String(row['id']), row]));
}
