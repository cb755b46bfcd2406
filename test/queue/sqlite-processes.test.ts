import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { SqliteTaskQueue } from '../../src/queue/index.js';
import { releaseLater } from '../release.js';
import { Program } from '../sqlite/program.js';
import { createTempDir, openTempDatabase } from '../sqlite/temp-dir.js';
import { until } from '../until.js';

const source = fileURLToPath(new URL('./queue-program.ts', import.meta.url));
const KILLS = 5;

interface Yard {
  path: string;
  queue: SqliteTaskQueue;
}

function openYard(leaseMs = 30_000): Yard {
  const path = join(createTempDir(), 'yard.db');
  const queue = releaseLater(new SqliteTaskQueue({ database: openTempDatabase({ path }), leaseMs }));
  return { path, queue };
}

async function start(path: string, role: string, prefix = '', leaseMs = 30_000): Promise<Program> {
  const program = await Program.start(source, [path, role, prefix, String(leaseMs)]);
  releaseLater({ close: () => program.kill() });
  return program;
}

/** Claims and acknowledges all that is left, without waiting for any lease. */
async function drain(queue: SqliteTaskQueue): Promise<string[]> {
  const drained: string[] = [];
  await until('nothing is left', async () => {
    const deliveries = await queue.claim([{ algorithm: 'ocr', max: 100 }]);
    await Promise.all(deliveries.map((delivery) => delivery.ack()));
    drained.push(...deliveries.map(({ message: { id } }) => id));
    return (await queue.depths()).length === 0;
  });
  return drained;
}

describe('processes that share a file', () => {
  test('claim every message once, and none twice', async () => {
    const { path, queue } = openYard();
    const programs = await Promise.all([start(path, 'claim'), start(path, 'claim')]);
    await Promise.all(programs.map((program) => program.untilSaid('ready')));
    const ids = Array.from({ length: 2000 }, (_, i) => `m${i}`);
    for (let from = 0; from < ids.length; from += 50) {
      const some = ids.slice(from, from + 50);
      await Promise.all(some.map((id) => queue.publish({ id, algorithm: 'ocr', priority: 4 })));
    }
    await until('all are acknowledged', async () => (await queue.depths()).length === 0);
    const acknowledged = (): string[] => programs.flatMap((program) => program.said('acknowledged'));
    await until('the programs said so', () => acknowledged().length >= ids.length);
    expect(acknowledged().sort()).toEqual([...ids].sort());
    expect(programs.flatMap((program) => program.said('claimed'))).toHaveLength(ids.length);
    expect(programs.flatMap((program) => program.said('refused'))).toEqual([]);
    for (const program of programs) expect(program.said('claimed').length).toBeGreaterThan(0);
  });

  test('hear of what another publishes', async () => {
    const { path, queue } = openYard();
    let heard = 0;
    queue.onReady(() => (heard += 1));
    const publisher = await start(path, 'publish', 'p');
    await publisher.untilSaid('published');
    await until('the lane is ready', () => heard > 0);
  });

  test(`killed ${KILLS} times under load lose nothing that was accepted, deliver nothing acknowledged again, and block nothing`, async () => {
    const { path, queue } = openYard();
    const published: string[] = [];
    const acknowledged: string[] = [];
    // The one whose acknowledgement was under way: kept or not, nobody was told.
    const doubtful = new Set<string>();
    for (let kill = 0; kill < KILLS; kill++) {
      const publisher = await start(path, 'publish', `p${kill}`);
      const claimer = await start(path, 'claim');
      await publisher.untilSaid('published', 1 + 40 * kill);
      await claimer.untilSaid('acknowledged', 1 + 15 * kill);
      await Promise.all([publisher.kill(), claimer.kill()]);
      published.push(...publisher.said('published'));
      const told = claimer.said('acknowledged');
      acknowledged.push(...told);
      const underWay = claimer.said('claimed')[told.length];
      if (underWay !== undefined) doubtful.add(underWay);
    }
    const startedAt = Date.now();
    const drained = await drain(queue);
    expect(Date.now() - startedAt).toBeLessThan(15_000);
    const seen = new Set([...acknowledged, ...drained, ...doubtful]);
    expect(published.filter((id) => !seen.has(id))).toEqual([]);
    const twice = new Set(acknowledged);
    expect(drained.filter((id) => twice.has(id))).toEqual([]);
    expect(new Set(acknowledged).size).toBe(acknowledged.length);
    expect(new Set(drained).size).toBe(drained.length);
  });

  test('get what a killed one held at once, long before its lease runs out', async () => {
    const { path, queue } = openYard();
    const ready: string[] = [];
    queue.onReady((lane) => ready.push(lane));
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const holder = await start(path, 'hold');
    await holder.untilSaid('claimed');
    expect(await queue.claim([{ algorithm: 'ocr', max: 1 }])).toEqual([]);
    ready.length = 0;
    await holder.kill();
    await until('the lane is ready again', () => ready.includes('ocr'));
    const [delivery] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
    expect(delivery).toMatchObject({ message: { id: 'a' }, lostDeliveries: 1 });
    expect(await delivery?.ack()).toBe(true);
  });

  test('get what a killed one held when they start after its death', async () => {
    const { path, queue } = openYard();
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    await queue.close();
    const holder = await start(path, 'hold');
    await holder.untilSaid('claimed');
    await holder.kill();
    const next = releaseLater(new SqliteTaskQueue({ database: openTempDatabase({ path }) }));
    const [delivery] = await next.claim([{ algorithm: 'ocr', max: 1 }]);
    expect(delivery).toMatchObject({ message: { id: 'a' }, lostDeliveries: 1 });
  });

  test('take over from one that is stopped for longer than its lease, whose late word does not count', async () => {
    const { path, queue } = openYard();
    await queue.publish({ id: 'a', algorithm: 'ocr', priority: 4 });
    const holder = await start(path, 'hold', '', 500);
    await holder.untilSaid('claimed');
    holder.signal('SIGSTOP');
    const delivery = await until('the message is delivered again', async () => {
      const [claimed] = await queue.claim([{ algorithm: 'ocr', max: 1 }]);
      return claimed;
    });
    expect(delivery.lostDeliveries).toBe(1);
    holder.signal('SIGCONT');
    expect(await holder.untilSaid('refused')).toEqual(['a']);
    expect(await delivery.ack()).toBe(true);
  });
});
