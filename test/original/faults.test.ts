import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunyardClient } from '../../src/client/index.js';
import { findFreePort } from '../original.js';
import { releaseLater } from '../release.js';
import { RabbitmqProcess } from '../servers/rabbitmq-process.js';
import { until } from '../until.js';
import { describeOriginalBroker } from './broker-options.js';
import { Scene, untilEnded } from './scene.js';

const BAD = [
  'no json',
  '[1]',
  '{"algorithm": "echo"}',
  '{"algorithm": 7, "payload": {}}',
  '{"algorithm": "echo", "payload": {"text": 7}}',
  '{"payload": {"text": "x"}}',
];

/** Good messages for a runner of each kind, with a bad one behind every tenth. */
function createMessages(name: string, count: number): { good: string[]; messages: unknown[] } {
  const good = Array.from({ length: count }, (_, n) => `${name} ${n}`);
  const messages = good.flatMap((text, n) => {
    const message =
      n % 2 === 0
        ? { algorithm: 'echo', payload: { text, ms: 300 } }
        : { algorithm: 'note', payload: { path: '/dev/null', line: text, seconds: 0.3 } };
    return n % 10 === 9 ? [message, BAD[((n / 10) % BAD.length) | 0]] : [message];
  });
  return { good, messages };
}

const count = async (client: RunyardClient, state?: 'running' | 'succeeded'): Promise<number> => {
  let found = 0;
  for await (const _ of client.tasks({ limit: 1000, ...(state && { state }) })) found++;
  return found;
};

test('runners, controller and broker may die in the middle of it: what was accepted ends, and each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'runyard-originals-broker-'));
  const broker = await RabbitmqProcess.create(folder, describeOriginalBroker());
  await broker.start();
  releaseLater({
    close: async () => {
      await broker.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  });
  const scene = releaseLater(await Scene.create(broker.url));
  const discovery = await scene.ourDiscovery();
  const port = await findFreePort();
  const [original, ours, controller] = [
    await scene.originalRunner(discovery, port),
    await scene.ourRunner(discovery),
    await scene.ourController(discovery),
  ];
  const client = await scene.ourGateway(discovery);
  const untilAccepted = (tasks: number) =>
    until(
      () => `${tasks} messages are accepted; ${scene.describe()}`,
      async () => {
        if ((await count(client)) < tasks) return false;
        const queues = await broker.control('--quiet', 'list_queues', 'name', 'messages');
        return queues.includes(`${scene.queue['QUEUE_NAME']}\t0`);
      },
      { everyMs: 200 },
    );
  const good: string[] = [];
  let sent = 0;
  /** More messages, all of them accepted, and one of them being run. */
  const feed = async (name: string): Promise<void> => {
    const batch = createMessages(name, 40);
    good.push(...batch.good);
    sent += batch.messages.length;
    await scene.produce(...batch.messages);
    await untilAccepted(sent);
    await until('something runs', async () => (await count(client, 'running')) > 0, { everyMs: 50 });
  };

  await feed('before the original runner dies');
  await original.end('SIGKILL');
  await scene.originalRunner(discovery, port);
  await feed('before our runner dies');
  await ours.end('SIGKILL');
  await scene.ourRunner(discovery);
  await feed('before the broker dies');
  await broker.stop('kill');
  await broker.start();
  await until('it is consumed again', () => controller.stderr.split('taking messages of').length > 2);
  // The originals' queue did not survive the broker: it was declared anew.
  await feed('before the controller dies');
  await controller.end('SIGKILL');
  await scene.ourController(discovery);
  const tasks = await untilEnded(client, sent, () => scene.describe());

  const succeeded = tasks
    .filter(({ state }) => state === 'succeeded')
    .map((task) => {
      const payload = task.payload as { text?: string; line?: string };
      return payload.text ?? payload.line;
    });
  expect(succeeded.sort()).toEqual(good.sort());
  const dead = tasks.filter(({ state }) => state !== 'succeeded');
  expect(dead).toHaveLength(sent - succeeded.length);
  for (const { error, attempts } of dead) {
    expect(error).toMatchObject({ class: 'invalid' });
    expect(error?.message).toMatch(/expected|missing|required/i);
    expect(attempts).toEqual([]);
  }
  expect(tasks.some(({ attempts }) => attempts.some(({ error }) => error?.code === 'connection_lost'))).toBe(
    true,
  );
}, 240_000);
