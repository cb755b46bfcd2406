import pg from 'pg';
import { openPostgresTaskStore, type PostgresTaskStore } from '../src/store/index.js';
import { createListQuery } from '../src/store/postgres/task-lists.js';
import { withPostgres } from './postgres-server.js';
import { median, type Bench, type Figure } from './report.js';
import { fillTasks } from './store-fill.js';

const DEFAULT_ROWS = 200_000;
const REPEATS = 25;
/** Of what changes the tables. */
const CHANGES = 5;
const PAGE = 50;
const PRUNED_AT_ONCE = 1000;
const TASKS_PER_ROUND = 3000;
const IN_FLIGHT = 200;

/** What a dashboard asks for. */
const LISTS = {
  'the newest of all': {},
  'dead ones': { state: 'dead' },
  'of an algorithm': { algorithm: 'algorithm_7' },
  'of an algorithm that are dead': { algorithm: 'algorithm_7', state: 'dead' },
  'of an owner': { owner: 'owner_3' },
  'of an owner that are dead': { owner: 'owner_3', state: 'dead' },
  'that timed out': { errorClass: 'timeout' },
  'of an owner that timed out': { owner: 'owner_3', errorClass: 'timeout' },
} as const;

interface Scale {
  url: string;
  store: PostgresTaskStore;
  client: pg.Client;
}

/**
 * Times of what is asked of the records, with a tenth of the rows and with all. `--rows=10000000` for as many;
 * the plan of each list is printed with all rows.
 */
export const run: Bench = (say) =>
  withPostgres(async (url) => {
    const rows = readRows();
    const store = await openPostgresTaskStore({ url });
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(
      'SET search_path = runyard; SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off',
    );
    const scale = { url, store, client };
    await fillTasks(client, 0, rows / 10, say);
    const few = await measureAll(scale, rows / 10);
    await fillTasks(client, rows / 10, rows, say);
    const many = await measureAll(scale, rows);
    await explainLists(client, rows, say);
    await client.end();
    await store.close();
    return compare(few, many, rows);
  });

function readRows(): number {
  const given = process.argv.find((word) => word.startsWith('--rows='))?.slice('--rows='.length);
  return given === undefined ? DEFAULT_ROWS : Number(given);
}

/** Milliseconds by what was asked. */
async function measureAll({ store }: Scale, rows: number): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  const time = async (what: string, ask: () => Promise<unknown>, repeats = REPEATS): Promise<void> => {
    await ask();
    const samples: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const start = performance.now();
      await ask();
      samples.push(performance.now() - start);
    }
    times.set(what, median(samples));
  };
  for (const [what, filter] of Object.entries(LISTS)) {
    await time(`list ${PAGE} ${what}`, () => store.list(filter, PAGE));
  }
  const middle = Buffer.from(`s${Math.floor(rows / 2)}`).toString('base64url');
  await time(`list ${PAGE} dead ones from the middle on`, () => store.list({ state: 'dead' }, PAGE, middle));
  await time('counts', () => store.counts());
  await time('one task', () => store.get('task 12345'));
  await time('tasks past their deadline', () => store.findExpired({ deadlineBefore: 2 }, 100));
  await time(`prune ${PRUNED_AT_ONCE}`, () => store.prune(Number.MAX_SAFE_INTEGER, PRUNED_AT_ONCE), CHANGES);
  await time(`create → start → end of ${TASKS_PER_ROUND}`, () => runTasks(store), CHANGES);
  return times;
}

async function runTasks(store: PostgresTaskStore): Promise<void> {
  let left = TASKS_PER_ROUND;
  const prefix = performance.now();
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const [id, token] = [`${prefix} ${left}`, `token ${left}`];
      await store.create(id, { algorithm: 'algorithm_1', payload: { n: 1 } }, Date.now());
      await store.startAttempt(id, { token, startedAt: Date.now(), lostDeliveries: 0 });
      await store.endAttempt(id, { token, endedAt: Date.now(), outcome: 'succeeded', resultJson: '1' });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

async function explainLists(client: pg.Client, rows: number, say: (line: string) => void): Promise<void> {
  for (const [what, filter] of Object.entries(LISTS)) {
    const [{ text }, values] = createListQuery(filter, Number.MAX_SAFE_INTEGER, PAGE + 1);
    const plan = await client.query<[string]>({
      text: `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) ${text}`,
      values,
      rowMode: 'array',
    });
    say(`the plan of a list ${what}, ${rows.toLocaleString('en')} rows:`);
    for (const [line] of plan.rows) say(`  ${line}`);
  }
}

function compare(few: Map<string, number>, many: Map<string, number>, rows: number): Figure[] {
  return [...many].map(([what, value]) => ({
    title: `store: ${what}, ${rows.toLocaleString('en')} tasks`,
    value,
    unit: 'ms',
    ratios: [{ to: 'with a tenth of them', ratio: value / (few.get(what) ?? Number.NaN) }],
  }));
}
