import { randomInt } from 'node:crypto';
import { RabbitmqProcess, type RabbitmqOptions } from '../servers/rabbitmq-process.js';
import { shareServer } from '../servers/shared-server.js';

/** What the original programs can be told of a broker is its host: they take its usual port and its first user. */
export const ORIGINAL_PORT = 5672;

/** Such a broker, on an address of loopback that nobody else has. */
export function describeOriginalBroker(): RabbitmqOptions & { host: string } {
  const host = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return { host, port: ORIGINAL_PORT, user: 'guest:guest' };
}

/** URL of the run's broker for tests with original programs. */
export async function getOriginalBrokerUrl(): Promise<string> {
  const { url } = await shareServer('original-rabbitmq', async (folder) => {
    const server = await RabbitmqProcess.create(folder, describeOriginalBroker());
    await server.start();
    return { url: server.url, pid: server.pid };
  });
  return url;
}
