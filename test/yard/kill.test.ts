import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, expect, it } from 'vitest';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { CliProcess } from '../cli/cli-process.js';
import { until } from '../until.js';

const KILLS = 50;
const SEED = Number(process.env['RUNYARD_TEST_SEED'] ?? Date.now() % 1_000_000);

const ADAPTER = `
export async function run_work(value: number, ms: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return value * 2;
}
`;

let yard: CliProcess | undefined;
afterEach(async () => {
  await yard?.end('SIGKILL');
});

it(`kill -9 at ${KILLS} random moments under load loses no accepted task and lets none succeed twice (seed ${SEED})`, async () => {
  const random = createRandom(SEED);
  const dir = await mkdtemp(join(tmpdir(), 'runyard-kill-'));
  await mkdir(join(dir, 'work'));
  await writeFile(join(dir, 'work', 'runner_adapter.ts'), ADAPTER);
  const database = join(dir, 'data', 'yard.sqlite');
  const accepted = new Map<string, number>();

  let client = await start(dir);
  audit(database);
  for (let kill = 0; kill < KILLS; kill++) {
    const stop = new AbortController();
    const load = Promise.all(
      Array.from({ length: 4 }, () => submitUntil(client, accepted, random, stop.signal)),
    );
    const goal = accepted.size + 1 + Math.floor(random() * 60);
    await until('the load has been accepted', () => accepted.size >= goal, { everyMs: 1 });
    await yard?.end('SIGKILL');
    stop.abort();
    await load;
    client = await start(dir);
  }

  await until(
    'every accepted task has ended',
    async () => (await countTasks(client, 'waiting')) + (await countTasks(client, 'running')) === 0,
    { timeoutMs: 60_000, everyMs: 100 },
  );
  for (const [id, value] of accepted) {
    const task = await client.task(id);
    const { state, result, error } = task;
    expect({ id, state, result, error }).toEqual({
      id,
      state: 'succeeded',
      result: value * 2,
      error: undefined,
    });
    expect(task.attempts.filter((attempt) => attempt.endedAt !== undefined && !attempt.error)).toHaveLength(
      1,
    );
  }
  await yard?.end('SIGTERM');
  expect(successesTwice(database)).toEqual([]);
  expect(accepted.size).toBeGreaterThan(KILLS);
}, 900_000);

async function start(dir: string): Promise<RunyardClient> {
  const ports = ['--port', '0', '--discovery-port', '0', '--runner-port', '0'];
  yard = new CliProcess(['up', dir, ...ports, '--data', join(dir, 'data'), '--no-watch'], { cwd: dir });
  const [, url = ''] = await yard.waitFor(/gateway\s+(http:\S+)/);
  return createClient({ url });
}

/** Submits one task after the other; what is refused or cut off was not accepted. */
async function submitUntil(
  client: RunyardClient,
  accepted: Map<string, number>,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const value = Math.floor(random() * 1e6);
    const ms = random() < 0.1 ? 300 : Math.floor(random() * 10);
    try {
      const { id } = await client.submit('work', { value, ms }, { signal });
      accepted.set(id, value);
    } catch {
      // The yard is dead, or died before it answered: nothing was promised.
      if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

async function countTasks(client: RunyardClient, state: 'waiting' | 'running'): Promise<number> {
  let count = 0;
  for await (const task of client.tasks({ state, limit: 1000 })) if (task.id) count += 1;
  return count;
}

/** Notes every change to `succeeded` from within the database, past the code under test. */
function audit(path: string): void {
  const database = new Database(path);
  database.exec(`CREATE TABLE audit (id TEXT);
    CREATE TRIGGER audit_success AFTER UPDATE OF state ON tasks
    WHEN NEW.state = 'succeeded' BEGIN INSERT INTO audit VALUES (NEW.id); END`);
  database.close();
}

function successesTwice(path: string): unknown[] {
  const database = new Database(path);
  const rows = database.prepare('SELECT id FROM audit GROUP BY id HAVING count(*) > 1').all();
  database.close();
  return rows;
}

/** Repeatable random numbers (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
