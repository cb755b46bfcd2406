import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { afterAll, describe, expect, test } from 'vitest';
import { RabbitmqTaskQueue, type Delivery, type RabbitmqTaskQueueOptions } from '../../src/queue/index.js';
import { Topology } from '../../src/queue/rabbitmq/topology.js';
import { findFreePort } from '../original.js';
import { releaseLater } from '../release.js';
import { AmqpProxy } from '../servers/amqp-proxy.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { RabbitmqProcess, type RabbitmqOptions } from '../servers/rabbitmq-process.js';
import { until } from '../until.js';

const message = (id: string, availableAt?: number) => ({
  id,
  algorithm: 'ocr',
  priority: 4,
  ...(availableAt !== undefined && { availableAt }),
});

const folders: string[] = [];
const brokers: RabbitmqProcess[] = [];
afterAll(async () => {
  await Promise.all(brokers.map((broker) => broker.stop('kill')));
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A broker of the test's own, to be ill-treated. */
async function startBroker(options?: RabbitmqOptions): Promise<RabbitmqProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-broker-'));
  folders.push(folder);
  await chmod(folder, 0o755);
  const broker = await RabbitmqProcess.create(folder, options);
  await broker.start();
  brokers.push(broker);
  return broker;
}

async function open(
  url: string,
  options: Partial<RabbitmqTaskQueueOptions> = {},
): Promise<RabbitmqTaskQueue> {
  return releaseLater(await RabbitmqTaskQueue.open({ url, prefix: createPrefix(), ...options }));
}

/** Claims one, however often the broker is away meanwhile. */
async function claimOne(queue: RabbitmqTaskQueue): Promise<Delivery> {
  return until(
    'a message is delivered',
    async () => (await queue.claim([{ algorithm: 'ocr', max: 1 }]).catch(() => []))[0],
  );
}

/** Publishes as a client does: again when it was not taken. */
async function publishUntilTaken(queue: RabbitmqTaskQueue, id: string): Promise<void> {
  await until(`${id} is taken`, () =>
    queue.publish(message(id)).then(
      () => true,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'queue_unavailable' });
        return false;
      },
    ),
  );
}

describe('a broker of its own', () => {
  let shared: Promise<RabbitmqProcess> | undefined;
  /** Started once; each test leaves it running. */
  const getBroker = (): Promise<RabbitmqProcess> =>
    (shared ??= startBroker({
      // A broker that died may have forgotten its last declarations; what expired meanwhile is moved on after this time,
      // which is three minutes unless it is told otherwise.
      advanced: '{dead_letter_worker_publisher_confirm_timeout, 3000}',
    }));

  test('that dies before it has heard a goodbye does not keep a queue from closing', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url);
    await queue.publish(message('held'));
    await claimOne(queue);
    // What is said to it from here on is never answered.
    broker.signal('SIGSTOP');
    const closing = queue.close();
    await broker.stop('kill');
    await closing;
    await broker.start();
  });

  test('that stops, dies and starts again in the middle of work loses nothing', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url);
    const ids = Array.from({ length: 600 }, (_, i) => `m${i}`);
    const seen = new Set<string>();
    let published = 0;
    const publishing = (async () => {
      for (let i = 0; i < ids.length; i += 20) {
        await Promise.all(ids.slice(i, i + 20).map((id) => publishUntilTaken(queue, id)));
        published += 20;
      }
    })();
    const consuming = until(
      () => `all have come; so far ${seen.size} of ${published}`,
      async () => {
        const deliveries = await queue.claim([{ algorithm: 'ocr', max: 10 }]).catch(() => []);
        for (const delivery of deliveries) {
          seen.add(delivery.message.id);
          await delivery.ack();
        }
        return seen.size === ids.length;
      },
      { everyMs: 5 },
    );
    for (const how of ['stop', 'kill'] as const) {
      const before = published;
      await until('work goes on', () => published > before + 60);
      await broker.stop(how);
      await broker.start();
    }
    await publishing;
    await consuming;
  });

  test('that is away makes the queue say so, and is found to be back', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url);
    await queue.check();
    await broker.stop('kill');
    await until('its absence is noticed', () =>
      queue.check().then(
        () => false,
        (error: unknown) => (error as { code?: string }).code === 'queue_unavailable',
      ),
    );
    await broker.start();
    await until('it is back', () =>
      queue.check().then(
        () => true,
        () => false,
      ),
    );
  });

  test('that dies while messages wait for later delivers them when they are due', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url);
    await queue.publish(message('first'));
    await (await claimOne(queue)).ack();
    // The broker writes declarations (not messages) to the disk with a delay.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const availableAt = Date.now() + 3_000;
    await Promise.all(['a', 'b', 'c'].map((id) => queue.publish(message(id, availableAt))));
    await broker.stop('kill');
    await broker.start();
    const ids = new Set<string>();
    while (ids.size < 3) {
      const delivery = await claimOne(queue);
      expect(Date.now()).toBeGreaterThanOrEqual(availableAt);
      ids.add(delivery.message.id);
      await delivery.ack();
    }
  });

  test('with a memory alarm turns publishers away at once, and takes messages again after it', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url, { publishTimeoutMs: 30_000 });
    await queue.publish(message('before'));
    await broker.control('set_vm_memory_high_watermark', '0.0000001');
    const refused = await until('a publisher is turned away', () =>
      queue.publish(message('blocked')).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(refused).toMatchObject({ code: 'queue_unavailable', status: 503, retryAfterMs: 1000 });
    expect((refused as Error).message).toMatch(/takes no messages/);
    // What is there is still delivered.
    expect((await claimOne(queue)).message.id).toBe('before');
    await broker.control('set_vm_memory_high_watermark', '0.4');
    await publishUntilTaken(queue, 'after');
  });

  test('that closes every connection gets a new one, and what was held is delivered again', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url);
    await queue.publish(message('a'));
    const held = await claimOne(queue);
    await broker.control('close_all_connections', 'test');
    await until('the hold is lost', async () => (await held.ack()) === false);
    const again = await claimOne(queue);
    expect(again).toMatchObject({ message: { id: 'a' }, lostDeliveries: 1, fresh: false });
    expect(await again.ack()).toBe(true);
  });

  test('that freezes makes submitters wait for no longer than they are told to', async () => {
    const broker = await getBroker();
    const queue = await open(broker.url, { publishTimeoutMs: 500 });
    await queue.publish(message('before'));
    broker.signal('SIGSTOP');
    try {
      await expect(queue.publish(message('frozen'))).rejects.toMatchObject({
        code: 'queue_unavailable',
        retryAfterMs: 1000,
      });
    } finally {
      broker.signal('SIGCONT');
    }
    await publishUntilTaken(queue, 'after');
  });

  test('with more lanes than are asked about at once tells how much waits in each, also when one is gone', async () => {
    const broker = await startBroker();
    const prefix = createPrefix();
    const queue = await open(broker.url, { prefix });
    const names = Array.from({ length: 40 }, (_, n) => `algorithm_${n}`);
    for (const algorithm of names) await queue.publish({ id: `of ${algorithm}`, algorithm, priority: 4 });
    const readNames = async () => (await queue.depths()).map(({ algorithm }) => algorithm).sort();
    await until('all are counted', async () => (await readNames()).length === names.length);
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    const gone = ['algorithm_3', 'algorithm_17', 'algorithm_39'];
    for (const algorithm of gone)
      await channel.deleteQueue(new Topology(prefix).lane({ algorithm, priority: 4 }));
    await connection.close();
    const left = names.filter((name) => !gone.includes(name)).sort();
    for (let round = 0; round < 3; round++) expect(await readNames()).toEqual(left);
    await broker.control('close_all_connections', 'by the test');
    await until('they are counted again', async () => {
      const known = await readNames().catch((): string[] => []);
      return left.every((name) => known.includes(name));
    });
  });

  test('whose owner deletes a lane has it declared again by the next message', async () => {
    const broker = await getBroker();
    const prefix = createPrefix();
    const queue = await open(broker.url, { prefix });
    await queue.publish(message('gone'));
    await broker.control('delete_queue', new Topology(prefix).lane({ algorithm: 'ocr', priority: 4 }));
    await queue.publish(message('a'));
    expect((await claimOne(queue)).message.id).toBe('a');
  });
});

describe('a run longer than the broker waits for its acknowledgement', () => {
  const impatient: RabbitmqOptions = {
    advanced: '{consumer_timeout, 3000}, {channel_tick_interval, 500}',
  };
  let broker: Promise<RabbitmqProcess> | undefined;
  const getBroker = (): Promise<RabbitmqProcess> => (broker ??= startBroker(impatient));

  test('keeps its message, and nobody else gets it', async () => {
    const { url } = await getBroker();
    const prefix = createPrefix();
    const [holder, other] = [await open(url, { prefix, holdMs: 1_000 }), await open(url, { prefix })];
    await holder.publish(message('long'));
    const delivery = await claimOne(holder);
    for (const end = Date.now() + 8_000; Date.now() < end;) {
      expect(await other.claim([{ algorithm: 'ocr', max: 1 }])).toEqual([]);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(await delivery.ack()).toBe(true);
    // Had the channel been ended, this would be the second delivery.
    await holder.publish(message('next'));
    const next = await until('the next is delivered', async () => {
      const [claimed] = [
        ...(await holder.claim([{ algorithm: 'ocr', max: 1 }])),
        ...(await other.claim([{ algorithm: 'ocr', max: 1 }])),
      ];
      return claimed;
    });
    expect(next).toMatchObject({ message: { id: 'next' }, fresh: true });
  });

  test('whose process dies is taken up by another', async () => {
    const { url } = await getBroker();
    const prefix = createPrefix();
    const [holder, other] = [await open(url, { prefix, holdMs: 1_000 }), await open(url, { prefix })];
    await holder.publish(message('long'));
    await claimOne(holder);
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    await holder.close({ release: false });
    const again = await claimOne(other);
    expect(again).toMatchObject({ message: { id: 'long' }, lostDeliveries: 1, fresh: false });
  });

  test('would lose its channel without being renewed', async () => {
    const { url } = await getBroker();
    const queue = await open(url, { holdMs: 60_000 });
    await queue.publish(message('long'));
    const delivery = await claimOne(queue);
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(await delivery.ack()).toBe(false);
    expect(await claimOne(queue)).toMatchObject({ message: { id: 'long' }, fresh: false });
  });
});

describe('a consumer', () => {
  test('that is connected and hears nothing subscribes anew', async () => {
    const url = await getBrokerUrl();
    const prefix = createPrefix();
    const proxy = releaseLater(await AmqpProxy.create(url));
    const [deaf, publisher] = [await open(proxy.url, { prefix }), await open(url, { prefix })];
    const heard: string[] = [];
    deaf.onReady((algorithm) => heard.push(algorithm));
    await publisher.publish(message('before'));
    await (await claimOne(deaf)).ack();
    expect(await deaf.claim([{ algorithm: 'ocr', max: 5 }])).toEqual([]);
    proxy.swallowDeliveries();
    heard.length = 0;
    // The first of them are swallowed; the rest is found waiting.
    for (let i = 0; i < 12; i++) await publisher.publish(message(`m${i}`));
    const seen = new Set<string>();
    await until(
      () => `all are delivered in the end; so far ${[...seen].join(' ')}`,
      async () => {
        for (const delivery of await deaf.claim([{ algorithm: 'ocr', max: 5 }]).catch(() => [])) {
          seen.add(delivery.message.id);
          await delivery.ack();
        }
        return seen.size === 12;
      },
    );
  });

  test('puts away what it cannot read, with the reason, and goes on', async () => {
    const url = await getBrokerUrl();
    const prefix = createPrefix();
    const queue = await open(url, { prefix });
    await queue.publish(message('first'));
    await (await claimOne(queue)).ack();
    const topology = new Topology(prefix);
    const connection = await connect(url);
    const channel = await connection.createConfirmChannel();
    const poison = [
      'not json',
      '[1]',
      '{"id":7,"algorithm":"ocr","priority":4}',
      '{"id":"x","algorithm":"../x","priority":4}',
      '{"id":"x","algorithm":"ocr","priority":99}',
      `"${'x'.repeat(1_000_000)}"`,
      '',
    ];
    for (const text of poison)
      channel.sendToQueue(topology.lane({ algorithm: 'ocr', priority: 4 }), Buffer.from(text), {});
    await channel.waitForConfirms();
    await queue.publish(message('last'));
    const last = await claimOne(queue);
    expect(last.message.id).toBe('last');
    await last.ack();
    const reasons: string[] = [];
    await until('all are put away', async () => {
      const raw = await channel.get(topology.rejected, { noAck: true });
      if (raw) reasons.push(String(raw.properties.headers?.['x-runyard-reason']));
      return reasons.length === poison.length;
    });
    expect(reasons.every((reason) => reason.startsWith('expected '))).toBe(true);
    await connection.close();
  });
});

describe('what a person has to put right is said at once', () => {
  const change = (url: string, edit: (url: URL) => void): string => {
    const changed = new URL(url);
    edit(changed);
    return changed.href;
  };

  test('a wrong password', async () => {
    const url = change(await getBrokerUrl(), (one) => (one.password = 'wrong'));
    await expect(open(url)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(/user and password of queue\.url/) as string,
    });
  });

  test('an unknown vhost', async () => {
    const url = change(await getBrokerUrl(), (one) => (one.pathname = '/nowhere'));
    await expect(open(url)).rejects.toMatchObject({
      code: 'invalid_config',
      message: expect.stringMatching(/vhost/) as string,
    });
  });

  test('a broker that never comes', async () => {
    const url = `amqp://127.0.0.1:${await findFreePort()}`;
    await expect(open(url, { startTimeoutMs: 300 })).rejects.toMatchObject({ code: 'queue_unavailable' });
  });

  test('a queue that is declared otherwise, with the command that removes it', async () => {
    const url = await getBrokerUrl();
    const prefix = createPrefix();
    const queue = await open(url, { prefix });
    const connection = await connect(url);
    const channel = await connection.createChannel();
    const lane = new Topology(prefix).lane({ algorithm: 'ocr', priority: 4 });
    await channel.assertQueue(lane, { durable: false });
    await expect(queue.publish(message('a'))).rejects.toMatchObject({
      code: 'queue_mismatch',
      message: expect.stringContaining(`rabbitmqctl delete_queue '${lane}'`) as string,
    });
    await channel.deleteQueue(lane);
    await connection.close();
    await queue.publish(message('a'));
    expect((await claimOne(queue)).message.id).toBe('a');
  });
});
