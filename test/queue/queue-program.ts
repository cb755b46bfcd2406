/**
 * A process that uses a queue in a file: `publish`, `claim` or `hold`. It says what it did only after it is done:
 * "published ID", "claimed ID", "acknowledged ID", "refused ID".
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteTaskQueue } from '../../src/queue/index.js';
import { openDatabase } from '../../src/sqlite/index.js';

const [path = '', role = '', prefix = '', lease = '30000'] = process.argv.slice(2);
const LANE = 'ocr';

// Written at once, so that nothing said is lost with the process.
const say = (word: string, id: string): void => void writeSync(1, `${word} ${id}\n`);

const database = openDatabase({ path });
const queue = new SqliteTaskQueue({ database, leaseMs: Number(lease) });

const roles: Record<string, () => Promise<unknown>> = {
  publish: () => Promise.all(Array.from({ length: 20 }, (_, lane) => publishForever(`${prefix}-${lane}`))),
  claim: claimForever,
  hold,
};

async function publishForever(name: string): Promise<void> {
  for (let i = 0; ; i++) {
    await queue.publish({ id: `${name}-${i}`, algorithm: LANE, priority: 4 });
    say('published', `${name}-${i}`);
  }
}

async function claimForever(): Promise<void> {
  for (;;) {
    const deliveries = await queue.claim([{ algorithm: LANE, max: 10 }]);
    for (const { message } of deliveries) say('claimed', message.id);
    for (const delivery of deliveries) {
      const { id } = delivery.message;
      say((await delivery.ack()) ? 'acknowledged' : 'refused', id);
    }
    if (deliveries.length === 0) await sleep(2);
  }
}

/** Keeps what it gets, and tries to acknowledge it again and again until it is told it may not. */
async function hold(): Promise<void> {
  const deliveries = await queue.claim([{ algorithm: LANE, max: 10 }]);
  let before = Date.now();
  for (const { message } of deliveries) say('claimed', message.id);
  // Its time stands still while it is stopped, which it notices by the gap.
  for (; ; before = Date.now()) {
    await sleep(20);
    if (Date.now() - before > Number(lease)) break;
  }
  for (const delivery of deliveries)
    say((await delivery.ack()) ? 'acknowledged' : 'refused', delivery.message.id);
}

say('ready', String(process.pid));
await roles[role]?.();
