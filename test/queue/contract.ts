import { describe, expect, test } from 'vitest';
import type { Delivery, LaneDemand, QueueMessage, TaskQueue } from '../../src/queue/index.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';

/** Fresh, empty lanes somewhere, and consumers that share them. */
export interface QueueBacking {
  /** One more consumer. */
  open(): Promise<TaskQueue>;
  /** Makes a consumer vanish as if its process had died: nothing is given back, nothing is said. */
  abandon(queue: TaskQueue): Promise<void>;
  /** How long it takes at most until a vanished consumer's messages are delivered again, in milliseconds. */
  takeOverMs: number;
  /** Closes what is open and removes all traces. */
  close(): Promise<void>;
}

const message = (id: string, more: Partial<QueueMessage> = {}): QueueMessage => ({
  id,
  algorithm: 'ocr',
  priority: 4,
  ...more,
});

const ocr = (max: number): LaneDemand[] => [{ algorithm: 'ocr', max }];

const idsOf = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ message: { id } }) => id);

/** Claims until so many have come: an implementation may need a moment to hand them out. */
async function claimAll(
  queue: TaskQueue,
  demands: readonly LaneDemand[],
  count: number,
): Promise<Delivery[]> {
  const all: Delivery[] = [];
  await until(`${count} messages are delivered`, async () => {
    all.push(...(await queue.claim(demands)));
    return all.length >= count;
  });
  expect(idsOf(all)).toHaveLength(count);
  return all;
}

/** Everything that can be claimed within a time. */
async function claimFor(queue: TaskQueue, demands: readonly LaneDemand[], ms: number): Promise<Delivery[]> {
  const all: Delivery[] = [];
  for (const end = Date.now() + ms; Date.now() < end;) {
    all.push(...(await queue.claim(demands)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return all;
}

async function claimOne(queue: TaskQueue, algorithm = 'ocr'): Promise<Delivery> {
  const [delivery] = await claimAll(queue, [{ algorithm, max: 1 }], 1);
  if (!delivery) throw new Error('expected a delivery');
  return delivery;
}

/** Where implementations may differ: a broker holds no index of its messages. */
export interface QueueAbilities {
  /** Takes a message out that nobody holds. Where it cannot, the message is delivered, and its reader drops it. */
  removes: boolean;
  /** May deliver a message that was published twice a second time, which then says `fresh`. */
  doubles: boolean;
  /** Knows what waits for a later time, and since when the oldest ready one waits. */
  countsDelayed: boolean;
}

const ALL: QueueAbilities = { removes: true, doubles: false, countsDelayed: true };

/** What every TaskQueue promises. `createBacking` makes new lanes for each test. */
export function describeTaskQueue(
  name: string,
  createBacking: () => Promise<QueueBacking>,
  abilities: QueueAbilities = ALL,
): void {
  const setUp = async (): Promise<QueueBacking> => releaseLater(await createBacking());
  const setUpOne = async (): Promise<TaskQueue> => (await setUp()).open();

  describe(`${name}: publishing and claiming`, () => {
    test('a published message is delivered with all it says', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a', { priority: 7 }));
      const delivery = await claimOne(queue);
      expect(delivery.message).toMatchObject({ id: 'a', algorithm: 'ocr', priority: 7 });
      expect(delivery.lostDeliveries).toBe(0);
    });

    test('an acknowledged message is never delivered again, and only acknowledged once', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a'));
      const delivery = await claimOne(queue);
      expect(await delivery.ack()).toBe(true);
      expect(await delivery.ack()).toBe(false);
      expect(await delivery.release(0)).toBe(false);
      expect(await queue.claim(ocr(10))).toEqual([]);
      expect(await queue.depths()).toEqual([]);
    });

    const twice = abilities.doubles ? 'says fresh when it comes again' : 'is delivered once';
    test(`a message published twice ${twice}`, async () => {
      const queue = await setUpOne();
      await Promise.all([queue.publish(message('a')), queue.publish(message('a'))]);
      await queue.publish(message('a'));
      const delivery = await claimOne(queue);
      const others = await claimFor(queue, ocr(10), 300);
      expect(others).toHaveLength(abilities.doubles ? 2 : 0);
      expect(others.every(({ fresh }) => fresh)).toBe(true);
      for (const other of others) expect(await other.ack()).toBe(true);
      expect(await delivery.ack()).toBe(true);
      expect(await claimFor(queue, ocr(10), 300)).toEqual([]);
    });

    test('a message published again while it is held is delivered once more after that', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a'));
      const delivery = await claimOne(queue);
      await queue.publish(message('a'));
      expect(await delivery.ack()).toBe(true);
      const again = await claimOne(queue);
      expect(again.message.id).toBe('a');
      expect(await again.ack()).toBe(true);
      expect(await queue.claim(ocr(10))).toEqual([]);
    });

    test('messages outlive the consumers that published them', async () => {
      const backing = await setUp();
      const first = await backing.open();
      await first.publish(message('a'));
      await first.close();
      expect((await claimOne(await backing.open())).message.id).toBe('a');
    });

    test('higher priorities go first, equal ones in order of arrival', async () => {
      const queue = await setUpOne();
      await queue.publish(message('low', { priority: 0 }));
      await queue.publish(message('middle 1'));
      await queue.publish(message('middle 2'));
      await queue.publish(message('high', { priority: 9 }));
      const claimed = await claimAll(queue, ocr(3), 3);
      expect(idsOf(claimed)).toEqual(['high', 'middle 1', 'middle 2']);
      expect(idsOf(await claimAll(queue, ocr(3), 1))).toEqual(['low']);
    });

    test('a claim takes no more than it asks for, and only of the lanes it names', async () => {
      const queue = await setUpOne();
      for (let i = 0; i < 5; i++) await queue.publish(message(`ocr ${i}`));
      for (let i = 0; i < 5; i++) await queue.publish(message(`nlp ${i}`, { algorithm: 'nlp' }));
      await queue.publish(message('other', { algorithm: 'other' }));
      const demands = [
        { algorithm: 'ocr', max: 2 },
        { algorithm: 'nlp', max: 3 },
        { algorithm: 'nothing there', max: 4 },
      ];
      const claimed = await queue.claim(demands);
      expect(claimed.filter((delivery) => delivery.message.algorithm === 'ocr').length).toBeLessThanOrEqual(
        2,
      );
      expect(claimed.filter((delivery) => delivery.message.algorithm === 'nlp').length).toBeLessThanOrEqual(
        3,
      );
      expect(idsOf(claimed)).not.toContain('other');
      expect(await queue.claim([])).toEqual([]);
      expect(await queue.claim([{ algorithm: 'other', max: 0 }])).toEqual([]);
      expect((await claimOne(queue, 'other')).message.id).toBe('other');
    });

    test('a full lane does not hold up another', async () => {
      const queue = await setUpOne();
      const filling = Array.from({ length: 500 }, (_, i) =>
        queue.publish(message(`a ${i}`, { algorithm: 'a' })),
      );
      await Promise.all([...filling, queue.publish(message('z', { algorithm: 'z' }))]);
      expect((await claimOne(queue, 'z')).message.id).toBe('z');
    });

    test('consumers that claim at the same time never get the same message', async () => {
      const backing = await setUp();
      const consumers = await Promise.all([backing.open(), backing.open(), backing.open()]);
      const published = Array.from({ length: 300 }, (_, i) => consumers[0]?.publish(message(`m ${i}`)));
      await Promise.all(published);
      const claimed: string[] = [];
      const drain = async (queue: TaskQueue): Promise<void> => {
        await until('all are claimed', async () => {
          const deliveries = await queue.claim(ocr(7));
          claimed.push(...idsOf(deliveries));
          await Promise.all(deliveries.map(async (delivery) => expect(await delivery.ack()).toBe(true)));
          return claimed.length >= 300;
        });
      };
      await Promise.all(consumers.map(drain));
      expect(new Set(claimed).size).toBe(300);
      expect(claimed).toHaveLength(300);
    });
  });

  describe(`${name}: holding and giving back`, () => {
    test('a held message goes to nobody else', async () => {
      const backing = await setUp();
      const [holder, other] = [await backing.open(), await backing.open()];
      await holder.publish(message('a'));
      await claimOne(holder);
      expect(await other.claim(ocr(10))).toEqual([]);
      expect(await holder.claim(ocr(10))).toEqual([]);
    });

    test('a released message goes to whoever claims next, and the first delivery is void', async () => {
      const backing = await setUp();
      const [first, second] = [await backing.open(), await backing.open()];
      await first.publish(message('a'));
      const released = await claimOne(first);
      expect(await released.release(0)).toBe(true);
      const claimed = await claimOne(second);
      expect(claimed.lostDeliveries).toBe(0);
      expect(await released.ack()).toBe(false);
      expect(await released.release(0)).toBe(false);
      expect(await claimed.ack()).toBe(true);
    });

    test('a delivery is void even when the same consumer claims its message again', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a'));
      const released = await claimOne(queue);
      await released.release(0);
      const claimed = await claimOne(queue);
      expect(await released.ack()).toBe(false);
      expect(await claimed.ack()).toBe(true);
    });

    test('a message released with a delay comes back after it, by itself', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a'));
      const delivery = await claimOne(queue);
      const ready: string[] = [];
      queue.onReady((lane) => ready.push(lane));
      const releasedAt = Date.now();
      await delivery.release(300);
      expect(await queue.claim(ocr(10))).toEqual([]);
      await until('the lane is ready', () => ready.includes('ocr'), { everyMs: 5 });
      const again = await claimOne(queue);
      expect(Date.now() - releasedAt).toBeGreaterThanOrEqual(299);
      expect(again.lostDeliveries).toBe(0);
    });

    test('a consumer that lives longer than its lease keeps what it holds', async () => {
      const backing = await setUp();
      const [holder, other] = [await backing.open(), await backing.open()];
      await holder.publish(message('a'));
      const delivery = await claimOne(holder);
      const end = Date.now() + 2 * backing.takeOverMs;
      while (Date.now() < end) {
        expect(await other.claim(ocr(10))).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect(await delivery.ack()).toBe(true);
    });

    test('what a vanished consumer held is delivered again, and its late word does not count', async () => {
      const backing = await setUp();
      const [vanishing, other] = [await backing.open(), await backing.open()];
      const ready: string[] = [];
      other.onReady((lane) => ready.push(lane));
      await vanishing.publish(message('a'));
      await vanishing.publish(message('b'));
      const held = await claimAll(vanishing, ocr(2), 2);
      ready.length = 0;
      await backing.abandon(vanishing);
      await until('the lane is ready again', () => ready.includes('ocr'));
      const claimed = await claimAll(other, ocr(2), 2);
      expect(claimed.map(({ lostDeliveries }) => lostDeliveries)).toEqual([1, 1]);
      expect(await held[0]?.ack()).toBe(false);
      expect(await held[1]?.release(0)).toBe(false);
      expect(await claimed[0]?.ack()).toBe(true);
      expect(await claimed[1]?.ack()).toBe(true);
    });

    test('a consumer that closes gives back what it holds when it is told to', async () => {
      const backing = await setUp();
      const [closing, other] = [await backing.open(), await backing.open()];
      await closing.publish(message('a'));
      await claimOne(closing);
      const start = Date.now();
      await closing.close({ release: true });
      const claimed = await claimOne(other);
      expect(Date.now() - start).toBeLessThan(backing.takeOverMs + 1000);
      expect(claimed.lostDeliveries).toBe(0);
      expect(await claimed.ack()).toBe(true);
    });

    test('a closed consumer gets nothing more and hears nothing more', async () => {
      const backing = await setUp();
      const [closed, other] = [await backing.open(), await backing.open()];
      const heard: string[] = [];
      closed.onReady((lane) => heard.push(lane));
      await closed.close();
      await other.publish(message('a'));
      expect(await closed.claim(ocr(1))).toEqual([]);
      expect((await claimOne(other)).message.id).toBe('a');
      expect(heard).toEqual([]);
    });
  });

  describe(`${name}: delays and removal`, () => {
    test('a message for later is delivered when its time has come, by itself', async () => {
      const queue = await setUpOne();
      const ready: string[] = [];
      queue.onReady((lane) => ready.push(lane));
      const availableAt = Date.now() + 400;
      await queue.publish(message('later', { availableAt }));
      expect(ready).toEqual([]);
      expect(await queue.claim(ocr(10))).toEqual([]);
      await until('the lane is ready', () => ready.includes('ocr'), { everyMs: 5 });
      expect(Date.now()).toBeGreaterThanOrEqual(availableAt);
      expect((await claimOne(queue)).message.id).toBe('later');
    });

    test('a message whose time has passed is delivered at once', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a', { availableAt: Date.now() - 1000 }));
      expect((await claimOne(queue)).message.id).toBe('a');
    });

    test('messages for later come in the order of their times, whoever published them', async () => {
      const backing = await setUp();
      const [publisher, consumer] = [await backing.open(), await backing.open()];
      const ready: string[] = [];
      consumer.onReady((lane) => ready.push(lane));
      const now = Date.now();
      await publisher.publish(message('second', { algorithm: 'two', availableAt: now + 600 }));
      await publisher.publish(message('first', { algorithm: 'one', availableAt: now + 300 }));
      await until('the first is ready', () => ready.includes('one'), { everyMs: 5 });
      expect(ready).not.toContain('two');
      await until('the second is ready', () => ready.includes('two'), { everyMs: 5 });
      expect(Date.now()).toBeGreaterThanOrEqual(now + 600);
    });

    const removal = abilities.removes ? 'is not delivered' : 'says that it could not be, and is delivered';
    test(`a removed message ${removal}, whether it was ready or for later`, async () => {
      const queue = await setUpOne();
      await queue.publish(message('ready'));
      await queue.publish(message('later', { availableAt: Date.now() + 200 }));
      expect(await queue.remove('ready')).toBe(abilities.removes);
      expect(await queue.remove('later')).toBe(abilities.removes);
      expect(await queue.remove('ready')).toBe(false);
      expect(await queue.remove('never there')).toBe(false);
      if (!abilities.removes) {
        const deliveries = await claimAll(queue, ocr(10), 2);
        expect(deliveries.every(({ fresh }) => fresh)).toBe(true);
        await Promise.all(deliveries.map((delivery) => delivery.ack()));
      }
      const end = Date.now() + 400;
      while (Date.now() < end) expect(await queue.claim(ocr(10))).toEqual([]);
      expect(await queue.depths()).toEqual([]);
    });

    test('a held message cannot be removed', async () => {
      const backing = await setUp();
      const [holder, other] = [await backing.open(), await backing.open()];
      await holder.publish(message('a'));
      const delivery = await claimOne(holder);
      expect(await holder.remove('a')).toBe(false);
      expect(await other.remove('a')).toBe(false);
      expect(await delivery.ack()).toBe(true);
    });
  });

  describe(`${name}: what consumers can see`, () => {
    test('check resolves while the queue can be worked with', async () => {
      const queue = await setUpOne();
      await queue.check();
    });

    test('readyLanes names every lane with something to deliver', async () => {
      const queue = await setUpOne();
      expect(await queue.readyLanes()).toEqual([]);
      const lanes = ['a', 'b', 'owner/c', 'z'];
      for (const algorithm of lanes) {
        await queue.publish(message(`${algorithm} 1`, { algorithm }));
        await queue.publish(message(`${algorithm} 2`, { algorithm, priority: 9 }));
      }
      await queue.publish(message('later', { algorithm: 'later', availableAt: Date.now() + 60_000 }));
      expect((await queue.readyLanes()).sort()).toEqual(lanes);
    });

    test('readyLanes names a lane whose message for later is due', async () => {
      const queue = await setUpOne();
      await queue.publish(message('a', { availableAt: Date.now() + 100 }));
      await until('the lane is named', async () => (await queue.readyLanes()).includes('ocr'));
    });

    test('onReady tells of what others publish and of what comes back, until it is stopped', async () => {
      const backing = await setUp();
      const [listening, other] = [await backing.open(), await backing.open()];
      const heard: string[] = [];
      const stop = listening.onReady((lane) => heard.push(lane));
      await other.publish(message('a'));
      await until('the publishing is heard', () => heard.includes('ocr'));
      const delivery = await claimOne(other);
      heard.length = 0;
      await delivery.release(0);
      await until('the release is heard', () => heard.includes('ocr'));
      stop();
      heard.length = 0;
      await listening.publish(message('b', { algorithm: 'nlp' }));
      await claimOne(listening, 'nlp');
      expect(heard).toEqual([]);
    });

    test('onReady tells of what the same consumer publishes', async () => {
      const queue = await setUpOne();
      const heard: string[] = [];
      queue.onReady((lane) => heard.push(lane));
      await queue.publish(message('a', { algorithm: 'nlp' }));
      await until('the publishing is heard', () => heard.includes('nlp'));
    });

    test('a listener that fails keeps the others from nothing', async () => {
      const queue = await setUpOne();
      queue.onReady(() => {
        throw new Error('deaf');
      });
      const heard: string[] = [];
      queue.onReady((lane) => heard.push(lane));
      await queue.publish(message('a'));
      await until('the publishing is heard', () => heard.includes('ocr'));
    });

    test('depths tells how many wait, for when, and how many are held', async () => {
      const queue = await setUpOne();
      const before = Date.now();
      await queue.publish(message('a 1'));
      const between = Date.now();
      await queue.publish(message('a 2', { priority: 9 }));
      await queue.publish(message('a 3', { availableAt: Date.now() + 60_000 }));
      await queue.publish(message('b 1', { algorithm: 'nlp' }));
      const delivery = await claimOne(queue, 'nlp');
      const find = async (algorithm: string) =>
        (await queue.depths()).find((lane) => lane.algorithm === algorithm);
      await until('the depths are right', async () => {
        const { ready, delayed, claimed } = (await find('ocr')) ?? {};
        return ready === 2 && delayed === (abilities.countsDelayed ? 1 : undefined) && claimed === 0;
      });
      if (abilities.countsDelayed) {
        const oldestAt = (await find('ocr'))?.oldestAt ?? 0;
        expect(oldestAt).toBeGreaterThanOrEqual(before);
        expect(oldestAt).toBeLessThanOrEqual(between);
      }
      expect(await find('nlp')).toMatchObject({ ready: 0, claimed: 1 });
      await delivery.ack();
      expect((await find('nlp'))?.claimed ?? 0).toBe(0);
    });
  });
}
