import { connect } from 'amqplib';
import { expect, test } from 'vitest';
import { RabbitmqTaskQueue } from '../../src/queue/index.js';
import { DELAY_BITS } from '../../src/queue/rabbitmq/delay-key.js';
import { Topology } from '../../src/queue/rabbitmq/topology.js';
import { releaseLater } from '../release.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { describeTaskQueue, type QueueBacking } from './contract.js';

async function createBacking(): Promise<QueueBacking & { prefix: string }> {
  const url = await getBrokerUrl();
  const prefix = createPrefix();
  const queues: RabbitmqTaskQueue[] = [];
  return {
    prefix,
    takeOverMs: 1_000,
    async open() {
      const queue = await RabbitmqTaskQueue.open({ url, prefix });
      queues.push(queue);
      return queue;
    },
    // The broker gives what was held to others when the connection ends.
    abandon: (queue) => queue.close({ release: false }),
    async close() {
      await Promise.all(queues.map((queue) => queue.close()));
      await deleteShared(url, new Topology(prefix));
    },
  };
}

/** The queues that every prefix has: many of them would slow the broker down for the tests that follow. */
async function deleteShared(url: string, topology: Topology): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  const delays = Array.from({ length: DELAY_BITS }, (_, step) => topology.delay(step));
  for (const name of [...delays, topology.lanes, topology.rejected]) await channel.deleteQueue(name);
  await connection.close();
}

describeTaskQueue('RabbitMQ', createBacking, { removes: false, doubles: true, countsDelayed: false });

test('the trace of a submission is a header of its message, through waits and releases', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const backing = releaseLater(await createBacking());
  const [url, queue] = [await getBrokerUrl(), await backing.open()];
  const message = { id: 'traced', algorithm: 'ocr', priority: 4, traceparent };
  const claim = async () =>
    until('it is delivered', async () => (await queue.claim([{ algorithm: 'ocr', max: 1 }]))[0]);
  await queue.publish({ ...message, availableAt: Date.now() + 200 });
  const first = await claim();
  expect(first.message).toMatchObject(message);
  await first.release(200);
  const second = await claim();
  expect(second.message).toMatchObject(message);
  await second.release(0);
  await queue.close();

  const connection = await connect(url);
  releaseLater(connection);
  const channel = await connection.createChannel();
  const raw = await until('it is in its lane', async () => {
    const got = await channel.get(new Topology(backing.prefix).lane(message), { noAck: true });
    return got === false ? undefined : got;
  });
  expect(raw.properties.headers).toMatchObject({ traceparent });
  expect(raw.content.toString()).not.toContain(traceparent);
});
