import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteTaskQueue } from '../src/queue/index.js';
import { openDatabase, type SqliteDatabase } from '../src/sqlite/index.js';
import { SqliteTaskStore } from '../src/store/index.js';
import { median, type Bench, type Figure } from './report.js';

const LANE = 'ocr';
const WAITING = [0, 100_000, 1_000_000];
const ROUNDS = 7;
const CLAIMS_PER_ROUND = 8000;
const CLAIM_AT_ONCE = 20;
const CYCLES_PER_ROUND = 10_000;
const IN_FLIGHT = 100;

/** Claims per second with nothing, 100 thousand and a million waiting, and whole task cycles per second. */
export const run: Bench = async (say) => {
  const directory = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
  try {
    return [...(await measureClaims(directory, say)), await measureCycles(directory, say)];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

async function measureClaims(directory: string, say: (line: string) => void): Promise<Figure[]> {
  const yards: Yard[] = [];
  for (const waiting of WAITING) {
    say(`filling a queue with ${waiting.toLocaleString('en')} waiting tasks`);
    yards.push(await createYard(join(directory, `claims-${waiting}.db`), waiting));
  }
  const rates: number[][] = WAITING.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    say(`claiming, round ${round + 1} of ${ROUNDS}`);
    for (const [index, yard] of yards.entries()) rates[index]?.push(await claimAndAcknowledge(yard, round));
  }
  for (const yard of yards) await closeYard(yard);
  const medians = rates.map((of) => median(of));
  return WAITING.map((waiting, index) => ({
    title: `queue: claim + acknowledge with ${waiting.toLocaleString('en')} waiting`,
    value: medians[index] ?? 0,
    unit: 'tasks/s',
    ...(waiting > 0 && {
      ratios: [{ to: 'with none waiting', ratio: (medians[index] ?? 0) / (medians[0] ?? 1), goal: 0.8 }],
    }),
  }));
}

interface Yard {
  database: SqliteDatabase;
  queue: SqliteTaskQueue;
}

async function createYard(path: string, waiting: number): Promise<Yard> {
  const database = openDatabase({ path });
  const queue = new SqliteTaskQueue({ database });
  for (let from = 0; from < waiting; from += 5000)
    await publish(queue, `w${from}-`, Math.min(5000, waiting - from));
  return { database, queue };
}

async function closeYard({ database, queue }: Yard): Promise<void> {
  await queue.close();
  await database.close();
}

async function publish(queue: SqliteTaskQueue, prefix: string, count: number): Promise<void> {
  const published = [];
  for (let i = 0; i < count; i++)
    published.push(queue.publish({ id: `${prefix}${i}`, algorithm: LANE, priority: 4 }));
  await Promise.all(published);
}

async function claimAndAcknowledge({ queue }: Yard, round: number): Promise<number> {
  await publish(queue, `r${round}-`, CLAIMS_PER_ROUND);
  const start = performance.now();
  for (let claimed = 0; claimed < CLAIMS_PER_ROUND;) {
    const deliveries = await queue.claim([{ algorithm: LANE, max: CLAIM_AT_ONCE }]);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    claimed += deliveries.length;
  }
  return perSecond(CLAIMS_PER_ROUND, start);
}

async function measureCycles(directory: string, say: (line: string) => void): Promise<Figure> {
  const yard = await createYard(join(directory, 'cycles.db'), 0);
  const store = new SqliteTaskStore({ database: yard.database });
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    say(`whole cycles, round ${round + 1} of ${ROUNDS}`);
    rates.push(await runCycles(yard.queue, store, round));
  }
  await store.close();
  await closeYard(yard);
  return {
    title: `queue: create + publish → claim → start → end → acknowledge, ${IN_FLIGHT} in flight`,
    value: median(rates),
    unit: 'tasks/s',
  };
}

async function runCycles(queue: SqliteTaskQueue, store: SqliteTaskStore, round: number): Promise<number> {
  let next = 0;
  const start = performance.now();
  const runOne = async (): Promise<void> => {
    while (next < CYCLES_PER_ROUND) {
      const id = `c${round}-${next++}`;
      const payload = { image_url: 'https://example.com/meme.png' };
      await Promise.all([
        store.create(id, { algorithm: LANE, payload }, Date.now()),
        queue.publish({ id, algorithm: LANE, priority: 4 }),
      ]);
    }
  };
  const consumer = new CycleConsumer(queue, store);
  await Promise.all(Array.from({ length: IN_FLIGHT }, runOne));
  await consumer.waitFor(CYCLES_PER_ROUND);
  return perSecond(CYCLES_PER_ROUND, start);
}

/** Takes what is ready as a controller does, up to the number in flight. */
class CycleConsumer {
  readonly #queue: SqliteTaskQueue;
  readonly #store: SqliteTaskStore;
  readonly #stop: () => void;
  #running = 0;
  #claiming = false;
  #done = 0;
  #onDone: () => void = () => {};

  constructor(queue: SqliteTaskQueue, store: SqliteTaskStore) {
    this.#queue = queue;
    this.#store = store;
    this.#stop = queue.onReady(() => void this.#take());
  }

  async waitFor(count: number): Promise<void> {
    while (this.#done < count) await new Promise<void>((resolve) => (this.#onDone = resolve));
    this.#stop();
  }

  async #take(): Promise<void> {
    if (this.#claiming || this.#running >= IN_FLIGHT) return;
    this.#claiming = true;
    const max = IN_FLIGHT - this.#running;
    const deliveries = await this.#queue.claim([{ algorithm: LANE, max }]);
    this.#claiming = false;
    this.#running += deliveries.length;
    for (const delivery of deliveries) void this.#settle(delivery);
    if (deliveries.length > 0) void this.#take();
  }

  async #settle(delivery: Awaited<ReturnType<SqliteTaskQueue['claim']>>[number]): Promise<void> {
    const { id } = delivery.message;
    const token = `token-${id}`;
    await this.#store.startAttempt(id, {
      token,
      startedAt: Date.now(),
      lostDeliveries: delivery.lostDeliveries,
    });
    const ended = this.#store.endAttempt(id, {
      token,
      outcome: 'succeeded',
      resultJson: '{"text":"one does not simply"}',
      endedAt: Date.now(),
    });
    await Promise.all([ended, delivery.ack()]);
    this.#running -= 1;
    this.#done += 1;
    this.#onDone();
    void this.#take();
  }
}

function perSecond(count: number, start: number): number {
  return (count / (performance.now() - start)) * 1000;
}
