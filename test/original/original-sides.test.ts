import { afterEach, beforeEach, expect, test } from 'vitest';
import { findFreePort } from '../original.js';
import { until } from '../until.js';
import { getOriginalBrokerUrl } from './broker.js';
import { Scene, untilEnded, type Variables } from './scene.js';

let scene: Scene;
beforeEach(async () => {
  scene = await Scene.create(await getOriginalBrokerUrl());
});
afterEach(() => scene.close());

const describeScene = (): string => scene.describe();

const readRegistry = async ({ RUNNER_DISCOVERY_PORT: port }: Variables): Promise<Record<string, string>> =>
  (await fetch(`http://127.0.0.1:${port}/algorithms`)).json() as Promise<Record<string, string>>;

test('our runner joins an original discovery, and an original controller runs it', async () => {
  const discovery = await scene.originalDiscovery();
  await scene.ourRunner(discovery);
  await until('it is registered', async () => 'echo' in (await readRegistry(discovery)));
  const controller = scene.original('controller', discovery);
  await controller.waitForLog(/Listening/);
  await scene.produce(
    { algorithm: 'echo', payload: { text: 'a' } },
    { algorithm: 'refuse', payload: { text: 'b' } },
  );
  await controller.waitForLog(/(Received (result|error response) from runner.*){2}/s);
  expect(controller.stderr).toContain('Received result from runner: {"result": {"text": "a"}}');
  expect(controller.stderr).toMatch(/Received error response from runner: 500 .*refused: b/);
});

test('our controller finds runners of both kinds through an original discovery, and goes on when that forgets them', async () => {
  const port = await findFreePort();
  const discovery = await scene.originalDiscovery(port);
  await Promise.all([scene.originalRunner(discovery), scene.ourRunner(discovery)]);
  await scene.ourController(discovery);
  const client = await scene.ourGateway(discovery);
  await scene.produce(
    { algorithm: 'shout', payload: { text: 'a' } },
    { algorithm: 'echo', payload: { text: 'b' } },
  );
  const results = (await untilEnded(client, 2, describeScene)).map(({ result }) => result);
  expect(results).toEqual(expect.arrayContaining([{ text: 'A', letters: 1 }, { text: 'b' }]));

  // It knows nobody any more, and the original runner does not register again.
  await scene.endOriginal('discovery');
  await scene.originalDiscovery(port);
  await until('our runner has registered again', async () => 'echo' in (await readRegistry(discovery)));
  expect(await readRegistry(discovery)).not.toHaveProperty('shout');
  await scene.produce({ algorithm: 'shout', payload: { text: 'c' } });
  const tasks = await untilEnded(client, 3, describeScene);
  expect(tasks).toContainEqual(expect.objectContaining({ result: { text: 'C', letters: 1 } }));
});

test('our controller posts messages as they are to the fixed runner of Part II', async () => {
  const [runner, port] = [{ RUNNER_HOST: '127.0.0.1' }, await findFreePort()];
  const variables = { ...runner, RUNNER_PORT: String(port) };
  const fixed = scene.original('fixed_runner', { PORT: String(port) });
  await fixed.waitFor(/Listening/);
  await scene.ourController(variables);
  const client = await scene.ourGateway({});
  await scene.produce({ url: 'http://images/morpheus' }, { image: 'x' }, 'no json', {
    url: 'http://images/missing',
  });
  const tasks = await untilEnded(client, 4, describeScene);
  const ends = tasks.map(({ payload, state, result, error }) => ({
    body: (payload as { body?: string }).body,
    end: state === 'succeeded' ? result : error?.code,
  }));
  expect(ends).toHaveLength(4);
  expect(ends).toEqual(
    expect.arrayContaining([
      { body: '{"url":"http://images/morpheus"}', end: { label: 'morpheus', score: 0.99 } },
      { body: '{"image":"x"}', end: 'invalid_input' },
      { body: 'no json', end: 'invalid_input' },
      { body: '{"url":"http://images/missing"}', end: 'input_unfetchable' },
    ]),
  );

  // While it is away, messages wait.
  await fixed.end('SIGKILL');
  await scene.produce({ url: 'http://images/later' });
  await until('the message was taken', async () => {
    for await (const _ of client.tasks({ state: 'waiting' })) return true;
    return false;
  });
  await scene.original('fixed_runner', { PORT: String(port) }).waitFor(/Listening/);
  const later = await untilEnded(client, 5, describeScene);
  expect(later).toContainEqual(expect.objectContaining({ result: { label: 'later', score: 0.99 } }));
});

test('the original variables alone configure every component', async () => {
  const { RABBITMQ_HOST: host = '' } = scene.queue;
  scene.withoutSettings();
  const [discoveryPort, runnerPort] = [String(await findFreePort()), String(await findFreePort())];
  const discovery = { RUNNER_DISCOVERY_CONTAINER_NAME: 'localhost', RUNNER_DISCOVERY_PORT: discoveryPort };
  // In the worst order.
  const controller = scene.ours(['controller'], { ...discovery, RABBITMQ_HOST: host, LOG_LEVEL: 'INFO' });
  const runner = scene.ours(['runner', 'echo'], {
    ...discovery,
    CONTAINER_NAME: 'localhost',
    PORT: runnerPort,
    LOG_LEVEL: 'ERROR',
  });
  await controller.waitForLog(/discovery does not answer/);
  await until('the runner listens', async () =>
    fetch(`http://localhost:${runnerPort}/health`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await scene.ours(['discovery'], { PORT: discoveryPort, LOG_LEVEL: 'INFO' }).waitFor(/^discovery /m);
  await runner.waitFor(new RegExp(`^runner echo http://localhost:${runnerPort}`, 'm'));
  await until('it is registered', async () => 'echo' in (await readRegistry(discovery)));
  expect(await readRegistry(discovery)).toMatchObject({ echo: `http://localhost:${runnerPort}` });
  await controller.waitForLog(/taking messages of the queue tasks/);

  const producer = scene.original('producer', { QUEUE_NAME: 'tasks' }, ['echo', '{"text": "x"}']);
  expect(await producer.ended(), producer.stderr).toBe(0);
  const gateway = scene.ours([
    'gateway',
    '--port',
    '0',
    '--queue',
    scene.brokerUrl,
    '--discovery',
    `http://localhost:${discoveryPort}`,
  ]);
  const [, url = ''] = await gateway.waitFor(/^gateway (\S+)/m);
  const [task] = await untilEnded(scene.connect(url), 1, describeScene);
  expect(task).toMatchObject({ state: 'succeeded', result: { text: 'x' } });
  // It would have warned as well of the discovery that was not there yet.
  expect(runner.stderr).not.toMatch(/"level":(20|30|40)/);
}, 150_000);
