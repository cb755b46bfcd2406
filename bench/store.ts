import pg from 'pg';
import { openPostgresTaskStore, type PostgresTaskStore } from '../src/store/index.js';
import { withPostgres } from './postgres-server.js';
import { median, type Bench, type Figure } from './report.js';

const ROUNDS = 5;
const TASKS_PER_ROUND = 4000;
const IN_FLIGHT = [1, 100, 1000];
const CONNECTIONS = 4;
const PAYLOAD = { image_url: 'https://example.com/meme.png' };
const RESULT_JSON = '{"text":"one does not simply"}';

/**
 * Tasks per second through their three changes in PostgreSQL, against the same statements one by one on as many
 * connections: those count nothing, tell nobody and owe no callback.
 */
export const run: Bench = (say) =>
  withPostgres(async (url) => {
    const store = await openPostgresTaskStore({ url, connections: CONNECTIONS });
    const pool = createPool(url);
    const figures: Figure[] = [];
    for (const inFlight of IN_FLIGHT) figures.push(await compare(inFlight, store, pool, say));
    await pool.end();
    await store.close();
    return figures;
  });

async function compare(
  inFlight: number,
  store: PostgresTaskStore,
  pool: pg.Pool,
  say: (line: string) => void,
): Promise<Figure> {
  const rates = { store: [] as number[], oneByOne: [] as number[] };
  const count = inFlight === 1 ? TASKS_PER_ROUND / 10 : TASKS_PER_ROUND;
  for (let round = 0; round < ROUNDS; round++) {
    say(`${inFlight} in flight, round ${round + 1} of ${ROUNDS}`);
    const prefix = `${inFlight}-${round}`;
    rates.store.push(await measure(inFlight, count, (n) => runInStore(store, `s${prefix}-${n}`)));
    rates.oneByOne.push(await measure(inFlight, count, (n) => runOneByOne(pool, `o${prefix}-${n}`)));
  }
  const value = median(rates.store);
  return {
    title: `store: create → start → end in PostgreSQL, ${inFlight} in flight`,
    value,
    unit: 'tasks/s',
    ratios: [{ to: 'one statement per change', ratio: value / median(rates.oneByOne) }],
  };
}

async function measure(
  inFlight: number,
  count: number,
  runTask: (n: number) => Promise<void>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  const work = async (): Promise<void> => {
    while (next < count) await runTask(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return (count / (performance.now() - start)) * 1000;
}

const runInStore = async (store: PostgresTaskStore, id: string): Promise<void> => {
  const token = `token-${id}`;
  await store.create(id, { algorithm: 'ocr', payload: PAYLOAD }, Date.now());
  await store.startAttempt(id, { token, startedAt: Date.now(), lostDeliveries: 0, fresh: true });
  await store.endAttempt(id, {
    token,
    outcome: 'succeeded',
    resultJson: RESULT_JSON,
    endedAt: Date.now(),
  });
};

const runOneByOne = async (pool: pg.Pool, id: string): Promise<void> => {
  const token = `token-${id}`;
  await pool.query({
    name: 'create',
    text: `INSERT INTO tasks (id, algorithm, state, priority, created_at, updated_at, payload)
      VALUES ($1, $2, 0, 4, $3, $3, $4) ON CONFLICT DO NOTHING`,
    values: [id, 'ocr', Date.now(), JSON.stringify(PAYLOAD)],
  });
  await pool.query({
    name: 'start',
    text: `UPDATE tasks SET state = 1, token = $2, attempt_started_at = $3, updated_at = $3, started_at = $3,
      attempt_number = attempt_number + 1, attempt_count = attempt_count + 1
      WHERE id = $1 AND state = 0 RETURNING seq, algorithm, priority, created_at, payload, options, attempts`,
    values: [id, token, Date.now()],
  });
  await pool.query({
    name: 'end',
    text: `UPDATE tasks SET state = 2, ended_at = $3, updated_at = $3, result = $4, attempts = $5, token = NULL,
      attempt_started_at = NULL WHERE id = $1 AND token = $2 RETURNING algorithm, callback_url`,
    values: [id, token, Date.now(), RESULT_JSON, JSON.stringify({ token, endedAt: Date.now() })],
  });
};

function createPool(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, options: '-c search_path=runyard' });
  // Its connections end a little after `end` resolves, maybe by the server's own end.
  pool.on('error', () => {});
  return pool;
}
