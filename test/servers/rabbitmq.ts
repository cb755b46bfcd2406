import { randomBytes } from 'node:crypto';
import { RabbitmqProcess } from './rabbitmq-process.js';
import { shareServer } from './shared-server.js';

/** URL of the broker tests use: the one named by RUNYARD_TEST_AMQP_URL, or one that is started for this run. */
export async function getBrokerUrl(): Promise<string> {
  const given = process.env['RUNYARD_TEST_AMQP_URL'];
  const { url } = await shareServer('rabbitmq', async (folder) => {
    if (given) return { url: given };
    const server = await RabbitmqProcess.create(folder);
    await server.start();
    return { url: server.url, pid: server.pid };
  });
  return url;
}

/** First word of names in the broker that nobody else uses. */
export function createPrefix(): string {
  return `test-${randomBytes(4).toString('hex')}`;
}
