import { connect } from 'amqplib';
import { RabbitmqTaskQueue } from '../../src/queue/index.js';
import { DELAY_BITS } from '../../src/queue/rabbitmq/delay-key.js';
import { Topology } from '../../src/queue/rabbitmq/topology.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { describeTaskQueue, type QueueBacking } from './contract.js';

async function createBacking(): Promise<QueueBacking> {
  const url = await getBrokerUrl();
  const prefix = createPrefix();
  const queues: RabbitmqTaskQueue[] = [];
  return {
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
