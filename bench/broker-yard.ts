import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createYard, resolveSettings } from '../src/index.js';
import type { Contender } from './contest.js';
import { runInFlight } from './load.js';

export interface BrokerYardOptions {
  name: string;
  queueUrl: string;
  storeUrl: string;
  /** First word of its names in broker and database. */
  prefix: string;
  /** Folder of the project that has the algorithm. */
  project: string;
  algorithm: string;
  payload: Record<string, unknown>;
  inFlight: number;
}

/** A yard on RabbitMQ and PostgreSQL that is given tasks, each of them waited for. */
export async function openBrokerYard(
  options: BrokerYardOptions,
): Promise<Contender & { once(): Promise<void> }> {
  const { name, queueUrl, storeUrl, prefix, project, algorithm, payload, inFlight } = options;
  const dataDir = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
  const values = {
    queue: { url: queueUrl, prefix },
    store: { url: storeUrl, schema: prefix },
    gateway: { port: 0 },
    discovery: { port: 0 },
    runner: { port: 0 },
  };
  const yard = await createYard({
    dirs: [project],
    settings: resolveSettings([{ name: 'bench', values }]),
    dataDir,
    env: process.env,
  });
  const once = async (): Promise<void> => {
    const { task } = await yard.tasks.submit({ algorithm, payload });
    const ended = await yard.tasks.wait(task.id, { timeoutMs: 60_000 });
    if (ended.state !== 'succeeded') throw new Error(`a task ended ${ended.state}: ${ended.error?.message}`);
  };
  return {
    name,
    run: (count) => runInFlight(count, inFlight, once),
    once,
    async close() {
      await yard.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
