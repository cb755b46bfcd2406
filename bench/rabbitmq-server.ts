import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitmqProcess, type RabbitmqOptions } from '../test/servers/rabbitmq-process.js';

/** Runs something against a RabbitMQ of its own, with nothing in it. */
export async function withRabbitmq<T>(
  use: (broker: RabbitmqProcess) => Promise<T>,
  options: RabbitmqOptions = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-bench-'));
  const broker = await RabbitmqProcess.create(folder, options);
  try {
    await broker.start();
    return await use(broker);
  } finally {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
