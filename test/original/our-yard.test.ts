import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunyardClient } from '../../src/client/index.js';
import { closeServer, findFreePort, imageUrlModel } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { getOriginalBrokerUrl } from './broker.js';
import { Scene, untilEnded, type Variables } from './scene.js';

/** Discovery, a runner, a controller and a gateway of Runyard, each a process, which original programs join. */
let scene: Scene;
let discovery: Variables;
let client: RunyardClient;

beforeAll(async () => {
  scene = await Scene.create(await getOriginalBrokerUrl());
  discovery = await scene.ourDiscovery();
  await Promise.all([scene.ourRunner(discovery), scene.ourController(discovery)]);
  client = await scene.ourGateway(discovery);
});
afterAll(() => scene.close());

const describeScene = (): string => scene.describe();

const wait = (id: string) => client.wait(id, { signal: AbortSignal.timeout(80_000) });

/** An original runner, until the test ends. */
async function startOriginalRunner(port?: number) {
  const runner = await scene.originalRunner(discovery, port);
  return releaseLater(Object.assign(runner, { close: () => runner.end('SIGKILL') }));
}

/** Waits until somebody offers it. */
const untilOffered = (algorithm: string) =>
  until(
    () => `${algorithm} is offered; ${describeScene()}`,
    async () => (await client.algorithms()).find(({ name }) => name === algorithm),
    { everyMs: 100 },
  );

/** Has messages sent, and gives their tasks once they have ended. */
async function produceAndWait(...messages: { algorithm: string; payload: unknown }[]) {
  const known = new Set<string>();
  for await (const { id } of client.tasks({ limit: 1000 })) known.add(id);
  await scene.produce(...messages);
  const tasks = await untilEnded(client, known.size + messages.length, describeScene);
  return tasks.filter(({ id }) => !known.has(id));
}

describe('an original runner', () => {
  test('registers with our discovery, and gets work from our controller although it holds no lease', async () => {
    await startOriginalRunner();
    const offered = await untilOffered('shout');
    expect(offered.runners).toMatchObject([{ kind: 'probe', healthy: true }]);
    const { id } = await client.submit('shout', { text: 'hello' });
    expect(await wait(id)).toMatchObject({ state: 'succeeded', result: { text: 'HELLO', letters: 5 } });
    expect(await client.run('shout', { text: 'now' })).toEqual({ text: 'NOW', letters: 3 });
  });

  test('is described by the schemas it gives, so that wrong input is refused before it is queued', async () => {
    await startOriginalRunner();
    await until('its schema is known', async () => {
      const { input } = await untilOffered('fetch');
      return typeof input === 'object' && input['title'] !== undefined;
    });
    expect((await client.schemas())['fetch']).toEqual(imageUrlModel('fetch'));
    await expect(client.submit('fetch', { image: 'x' })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('image') as string,
    });
    const [task] = await produceAndWait({ algorithm: 'fetch', payload: { image: 'x' } });
    expect(task).toMatchObject({ state: 'dead', attempts: [], error: { code: 'invalid_input' } });
  });

  test('that raises has its traceback kept, and is asked again before the task is dead', async () => {
    await startOriginalRunner();
    await untilOffered('fail');
    const { id } = await client.submit('fail', { message: 'on purpose' });
    const task = await wait(id);
    expect(task).toMatchObject({
      state: 'dead',
      error: { class: 'failed', code: 'algorithm_error', errorType: 'ValueError', message: 'on purpose' },
    });
    expect(task.attempts).toHaveLength(3);
    expect(task.error?.stacktrace).toMatch(/^Traceback.*run_fail/s);
  });

  test('that cannot fetch its image is asked again when the server may recover, and not otherwise', async () => {
    await startOriginalRunner();
    await untilOffered('fetch');
    let asked = 0;
    const images = createServer((request, response) => {
      const status = request.url === '/gone' ? 404 : asked++ === 0 ? 503 : 200;
      response.writeHead(status).end('image');
    });
    await new Promise<void>((resolve) => images.listen(0, '127.0.0.1', resolve));
    releaseLater({ close: () => closeServer(images) });
    const base = `http://127.0.0.1:${(images.address() as AddressInfo).port}`;
    const [gone, late] = await Promise.all(
      ['/gone', '/late'].map(async (path) => client.submit('fetch', { image_url: base + path })),
    );
    expect(await wait(gone?.id ?? '')).toMatchObject({ state: 'dead', error: { code: 'input_unfetchable' } });
    const recovered = await wait(late?.id ?? '');
    expect(recovered).toMatchObject({ state: 'succeeded', result: 5 });
    expect(recovered.attempts).toHaveLength(2);
  });

  test('that answers nothing while it works gets one at a time, and is found again when it has finished', async () => {
    await startOriginalRunner();
    await untilOffered('note');
    const path = join(scene.dir, 'slow');
    const note = (line: string) => client.submit('note', { path, line, seconds: 7 });
    const [first, second] = [await note('first'), await note('second')];
    // Another runner's algorithm is not held up meanwhile.
    expect(await client.run('echo', { text: 'meanwhile' })).toEqual({ text: 'meanwhile' });
    for (const { id } of [first, second]) {
      const task = await wait(id);
      expect(task, describeScene()).toMatchObject({ state: 'succeeded' });
      expect(task.attempts).toHaveLength(1);
    }
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });

  test('that dies in the middle of a run and comes back runs it again', async () => {
    const port = await findFreePort();
    const runner = await startOriginalRunner(port);
    await untilOffered('note');
    const path = join(scene.dir, 'killed');
    const { id } = await client.submit('note', { path, line: 'x', seconds: 1 });
    await until('it runs', () =>
      readFile(path, 'utf8').then(
        (text) => text.includes('begins'),
        () => false,
      ),
    );
    await runner.end('SIGKILL');
    await until('it counts as away', async () =>
      (await untilOffered('note')).runners.every(({ healthy }) => !healthy),
    );
    expect(await client.task(id)).not.toMatchObject({ state: 'dead' });
    await startOriginalRunner(port);
    const task = await wait(id);
    expect(task, describeScene()).toMatchObject({ state: 'succeeded', result: 'x' });
    expect(task.attempts[0]).toMatchObject({ error: { class: 'crashed', code: 'connection_lost' } });
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(lines.filter((line) => line.includes('ends'))).toHaveLength(1);
  });

  test('that comes back at another address is asked there, and no longer where it was', async () => {
    const before = await startOriginalRunner();
    await untilOffered('shout');
    await before.end('SIGKILL');
    await startOriginalRunner();
    const tasks = await Promise.all(
      Array.from({ length: 20 }, () => client.submit('shout', { text: 'again' })),
    );
    for (const { id } of tasks) {
      const task = await wait(id);
      expect(task, describeScene()).toMatchObject({ state: 'succeeded' });
    }
  });
});

describe('a runner of somebody else’s', () => {
  const start = async (variables: Variables) => {
    const port = String(await findFreePort());
    const runner = scene.original('plain_runner', {
      ...discovery,
      PORT: port,
      CONTAINER_NAME: 'LocalHost',
      ...variables,
    });
    releaseLater({ close: () => runner.end('SIGKILL') });
    return { runner, port };
  };

  test('that registers twice with a slash, closes every connection and describes nothing is one runner that works', async () => {
    const { runner, port } = await start({});
    await runner.waitFor(/listening/);
    expect((await untilOffered('reverse')).runners).toMatchObject([{ host: `http://LocalHost:${port}/` }]);
    const texts = Array.from({ length: 30 }, (_, n) => `text ${n}`);
    const tasks = await produceAndWait(...texts.map((text) => ({ algorithm: 'reverse', payload: { text } })));
    const results = tasks.map(({ result }) => result);
    expect(results.sort()).toEqual(texts.map((text) => [...text].reverse().join('')).sort());
    const [task] = await produceAndWait({ algorithm: 'divide', payload: { dividend: 1, divisor: 0 } });
    expect(task).toMatchObject({
      state: 'dead',
      error: { errorType: 'ZeroDivisionError', message: 'division by zero' },
    });
  });

  test('that closes the connection in place of an answer is asked again', async () => {
    const { runner } = await start({});
    await runner.waitFor(/listening/);
    await untilOffered('break_once');
    const { id } = await client.submit('break_once', { text: 'x' });
    const task = await wait(id);
    expect(task).toMatchObject({ state: 'succeeded', result: 'x' });
    expect(task.attempts).toMatchObject([{ error: { code: 'connection_lost' } }, {}]);
  });

  test('that takes long to describe itself works meanwhile', async () => {
    const { runner } = await start({ SCHEMAS_SECONDS: '30' });
    await runner.waitFor(/listening/);
    await untilOffered('reverse');
    const tasks = await produceAndWait(
      ...Array.from({ length: 5 }, (_, n) => ({ algorithm: 'reverse', payload: { text: `ab${n}` } })),
    );
    expect(tasks.map(({ result }) => result).sort()).toEqual(['0ba', '1ba', '2ba', '3ba', '4ba']);
  });

  test('that listens only some time after it has registered gets what was sent to it meanwhile', async () => {
    await start({ LISTEN_AFTER_SECONDS: '3' });
    await untilOffered('reverse');
    const [task] = await produceAndWait({ algorithm: 'reverse', payload: { text: 'early' } });
    expect(task, describeScene()).toMatchObject({ state: 'succeeded', result: 'ylrae' });
  });
});

test('`runyard schemas` shows the schemas of every runner that discovery knows, as each runner gives them', async () => {
  await startOriginalRunner();
  const { RUNNER_DISCOVERY_PORT: port } = discovery;
  const command = scene.ours(['schemas', '--json', '--discovery', `http://127.0.0.1:${port}`]);
  // Of those that have died in the tests before it is told as well.
  expect(await command.ended()).toBe(3);
  const runners = JSON.parse(command.stdout) as { algorithms: string[]; schemas?: Record<string, unknown> }[];
  const shown = runners.flatMap(({ schemas = {} }) => Object.entries(schemas));
  expect(shown.map(([name]) => name).sort()).toEqual(['echo', 'fail', 'fetch', 'note', 'refuse', 'shout']);
  expect(Object.fromEntries(shown)).toMatchObject({
    echo: { title: 'AlgorithmRequestModel_echo', required: ['text'], additionalProperties: false },
    fetch: imageUrlModel('fetch'),
  });
  expect(command.stderr).toMatch(/http:\/\/localhost:\d+ \([a-z, ]+\) gave no schemas: connect ECONNREFUSED/);
});

describe('a producer', () => {
  test('feeds our controller, in the original way and one message at a time', async () => {
    const producer = scene.original('producer', {}, ['echo', '{"text": "from the original"}']);
    expect(await producer.ended(), producer.stderr).toBe(0);
    await until('it has run', async () => {
      for await (const { id } of client.tasks({ algorithm: 'echo', state: 'succeeded' }))
        if (JSON.stringify((await client.task(id)).result).includes('from the original')) return true;
      return false;
    });
  });

  test('of somebody else’s, which sets every property a message has and names more than we know, feeds it as well', async () => {
    const before = await untilEnded(client, 0, describeScene);
    const producer = scene.original('producer_with_properties', {}, ['echo']);
    producer.child.stdin?.end(Array.from({ length: 20 }, (_, n) => `{"text": "Käse ${n}"}\n`).join(''));
    expect(await producer.ended(), producer.stderr).toBe(0);
    const tasks = await untilEnded(client, before.length + 20, describeScene);
    const texts = tasks.map(({ result }) => (result as { text?: string } | undefined)?.text);
    expect(texts).toEqual(expect.arrayContaining(Array.from({ length: 20 }, (_, n) => `Käse ${n}`)));
  });
});

describe('a controller', () => {
  /** On a queue of its own, which our controller does not take from. */
  const start = async (kind: 'controller' | 'polling_controller') => {
    const variables = { ...discovery, QUEUE_NAME: `${scene.queue['QUEUE_NAME']}-${kind}` };
    const controller = scene.original(kind, variables);
    releaseLater({ close: () => controller.end('SIGKILL') });
    const send = async (messages: unknown[]): Promise<void> => {
      const producer = scene.original('producer', variables);
      producer.child.stdin?.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
      expect(await producer.ended(), producer.stderr).toBe(0);
    };
    return { controller, send };
  };
  const messages = [
    { algorithm: 'echo', payload: { text: 'a' } },
    { algorithm: 'echo', payload: { text: 7 } },
    { algorithm: 'refuse', payload: { text: 'b' } },
    { algorithm: 'shout', payload: { text: 'c' } },
  ];

  test('of the original programs finds our runners, and original ones, through our discovery, and runs them', async () => {
    await startOriginalRunner();
    const { controller, send } = await start('controller');
    await controller.waitForLog(/Listening/);
    await send(messages);
    await controller.waitForLog(/(Received (result|error response) from runner.*){4}/s);
    const output = controller.stderr;
    expect(output).toMatch(/Obtained runner registry: \{("\w+": "http:\/\/[\w.]+:\d+"(, )?)+\}/);
    expect(output).toContain('Received result from runner: {"result": {"text": "a"}}');
    expect(output).toMatch(/Received error response from runner: 400 \{.*"detail": "[^"]*text/);
    expect(output).toMatch(/Received error response from runner: 500 \{.*"detail": "[^}]*refused: b/);
    expect(output).toContain('Received result from runner: {"result": {"text": "C", "letters": 1}}');
  });

  test('that asks discovery before each message meets runners that come and go', async () => {
    const { controller, send } = await start('polling_controller');
    await controller.waitFor(/polling/);
    const runner = await startOriginalRunner();
    await send(messages.slice(0, 3));
    await controller.waitFor(/error 500 "[^\n]*refused: b/);
    await runner.end('SIGKILL');
    await until('discovery no longer names it', async () => !('shout' in (await readRegistry())));
    await send(messages.slice(3));
    await startOriginalRunner();
    await controller.waitFor(/result \{"result":\{"text":"C","letters":1\}\}/);
    expect(controller.stdout).toMatch(/result \{"result":\{"text":"a"\}\}\nerror 400 "[^\n]*text/);
  });

  const readRegistry = async (): Promise<Record<string, string>> => {
    const { RUNNER_DISCOVERY_PORT: port } = discovery;
    return (await fetch(`http://127.0.0.1:${port}/algorithms`)).json() as Promise<Record<string, string>>;
  };
});
