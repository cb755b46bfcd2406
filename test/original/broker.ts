import { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import { shareServer } from '../servers/shared-server.js';
import { describeOriginalBroker } from './broker-options.js';

/** URL of the run's broker for tests with original programs. */
export async function getOriginalBrokerUrl(): Promise<string> {
  const { url } = await shareServer('original-rabbitmq', async (folder) => {
    const server = await RabbitmqProcess.create(folder, describeOriginalBroker());
    await server.start();
    return { url: server.url, pid: server.pid };
  });
  return url;
}
