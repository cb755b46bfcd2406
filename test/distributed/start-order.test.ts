import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chmod } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { releaseLater } from '../release.js';
import { PostgresProcess } from '../servers/postgres-process.js';
import { createPrefix } from '../servers/rabbitmq.js';
import { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import { until } from '../until.js';
import { Fleet } from './fleet.js';

async function createFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `runyard-${name}-`));
  await chmod(folder, 0o755);
  return folder;
}

it('components that start before everything they need do work soon after the last has come', async () => {
  const broker = await RabbitmqProcess.create(await createFolder('broker'));
  const database = await PostgresProcess.create(await createFolder('database'));
  releaseLater({ close: () => Promise.all([broker.stop(), database.stop('fast')]) });
  const fleet = await Fleet.create({ queueUrl: broker.url, storeUrl: database.url, prefix: createPrefix() });
  releaseLater({ close: () => fleet.end() });

  for (const name of ['gateway-0', 'gateway-1', 'controller-0', 'controller-1', 'runner-0', 'discovery-0'])
    await fleet.start(name);
  await fleet.ready('discovery-0');
  await database.start();
  await broker.start();
  await Promise.all(
    ['gateway-0', 'gateway-1', 'controller-0', 'controller-1', 'runner-0'].map((name) => fleet.ready(name)),
  );

  const [first = '', second = ''] = fleet.gatewayUrls;
  const one = createClient({ url: first });
  const other = createClient({ url: second });
  await until('the runner is known', async () => (await one.algorithms()).length === 1);
  const { id } = await one.submit('work', { value: 41 });
  // Its events reach followers of any gateway.
  const task = await other.wait(id);
  expect(task, fleet.describe()).toMatchObject({ state: 'succeeded', result: 42 });
}, 200_000);
