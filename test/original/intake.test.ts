import { beforeEach, describe, expect, test } from 'vitest';
import { MessageIntake, readBareMessage, readOriginalMessage } from '../../src/controller/index.js';
import { RunyardError } from '../../src/errors/index.js';
import type { Descriptor, Task } from '../../src/protocol/index.js';
import type { TaskService } from '../../src/tasks/index.js';
import { silentLogger } from '../../src/telemetry/index.js';
import { openYard, type TestYard } from '../controller/test-yard.js';
import { releaseLater } from '../release.js';
import { createPrefix, getBrokerUrl } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { QueueClient } from './queue-client.js';

const OCR: Descriptor = {
  name: 'ocr',
  mode: 'unary',
  limits: {},
  input: {
    type: 'object',
    properties: { image_url: { type: 'string' } },
    required: ['image_url'],
    additionalProperties: false,
  },
};
const MAX_BYTES = 1024 * 1024;

let url: string;
let queue: string;
let yard: TestYard;
let broker: QueueClient;
beforeEach(async () => {
  url = await getBrokerUrl();
  queue = `${createPrefix()}-tasks`;
  yard = releaseLater(await openYard({ descriptors: [OCR] }));
  broker = releaseLater(await QueueClient.open(url, queue));
  releaseLater({ close: () => broker.delete() });
});

type Acceptor = Pick<TaskService, 'submit' | 'submitDead'>;

async function startIntake(tasks: Acceptor = yard.tasks, read = readOriginalMessage): Promise<MessageIntake> {
  const intake = releaseLater(
    new MessageIntake({
      ...{ url, queue, tasks, logger: silentLogger },
      read: (content) => read(content, MAX_BYTES),
    }),
  );
  await intake.start();
  return intake;
}

const listTasks = async (): Promise<Task[]> => {
  const { tasks } = await yard.store.list({}, 1000);
  const whole = await Promise.all(tasks.map(({ id }) => yard.store.get(id)));
  return whole.filter((task) => task !== undefined).reverse();
};

const untilTasks = (count: number): Promise<Task[]> =>
  until(`there are ${count} tasks`, async () => {
    const tasks = await listTasks();
    return tasks.length >= count ? tasks : undefined;
  });

/** Nothing is left in the queue, nor comes back when everybody who held something is gone. */
async function expectAcknowledged(intake: MessageIntake): Promise<void> {
  await intake.close();
  expect(await broker.count()).toBe(0);
}

const message = (imageUrl: string) => ({ algorithm: 'ocr', payload: { image_url: imageUrl } });

test('a message without properties becomes a waiting task in its lane, and is acknowledged', async () => {
  const intake = await startIntake();
  await until('the queue is there', () => broker.declare().then(() => true));
  await broker.send(message('http://a'));
  const [task] = await untilTasks(1);
  expect(task).toMatchObject({ ...message('http://a'), state: 'waiting', priority: 4 });
  await until('its lane has it', async () => (await yard.depth('ocr')).ready === 1);
  await expectAcknowledged(intake);
});

test('a trace that a producer names in a header goes on with the task; anything else there is nobody’s', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await broker.declare();
  await broker.sendTraced(message('http://a'), traceparent);
  await broker.sendTraced(message('http://b'), 'nonsense');
  await startIntake();
  const [first, second] = await untilTasks(2);
  expect(first).toMatchObject({ ...message('http://a'), traceparent });
  expect(second).not.toHaveProperty('traceparent');
});

test('the queue is declared as the originals declare it, whoever comes first', async () => {
  await startIntake();
  await until('it is consumed', () => broker.consumers().catch(() => 0));
  await broker.declare();
  await startIntake();
  await until('it is consumed by both', async () => (await broker.consumers()) === 2);
});

test('a queue that the broker holds declared otherwise is consumed as it is', async () => {
  await broker.declare({ durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await broker.send(message('http://a'));
  const intake = await startIntake();
  await untilTasks(1);
  await expectAcknowledged(intake);
});

test('a queue that is deleted is declared and consumed again', async () => {
  await startIntake();
  await until('it is consumed', () => broker.consumers().catch(() => 0));
  await broker.delete();
  await until('it is consumed again', () => broker.consumers().catch(() => 0));
  await broker.send(message('http://a'));
  await untilTasks(1);
});

describe('a message that can never run becomes a dead task, and those behind it go on', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  test.each<[string, unknown, string, string, object]>([
    ['no JSON', 'not json {', 'malformed_body', '_unreadable', { message: 'not json {', bytes: 10 }],
    ['nothing', '', 'malformed_body', '_unreadable', { message: '', bytes: 0 }],
    ['a list', '[1]', 'malformed_body', '_unreadable', { message: '[1]' }],
    ['null', 'null', 'malformed_body', '_unreadable', { message: 'null' }],
    ['NaN', '{"algorithm":"ocr","payload":{"n":NaN}}', 'malformed_body', '_unreadable', {}],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe]), 'malformed_body', '_unreadable', { base64: 'e//+' }],
    ['no algorithm', { payload: {} }, 'malformed_request', '_unreadable', { message: '{"payload":{}}' }],
    ['an algorithm of a wrong type', { algorithm: 7, payload: {} }, 'malformed_request', '_unreadable', {}],
    [
      'a name no algorithm can have',
      { algorithm: '../etc', payload: {} },
      'malformed_request',
      '_unreadable',
      {},
    ],
    ['no payload', { algorithm: 'ocr' }, 'malformed_request', 'ocr', { message: '{"algorithm":"ocr"}' }],
    ['a payload that is a text', { algorithm: 'ocr', payload: 'x' }, 'malformed_request', 'ocr', {}],
    ['a payload that is a list', { algorithm: 'ocr', payload: ['x'] }, 'malformed_request', 'ocr', {}],
    [
      'a wrong type',
      { algorithm: 'ocr', payload: { image_url: 5 } },
      'invalid_input',
      'ocr',
      { image_url: 5 },
    ],
    [
      'an unknown field',
      { algorithm: 'ocr', payload: { image_url: 'x', y: 1 } },
      'invalid_input',
      'ocr',
      { y: 1 },
    ],
    ['a missing field', { algorithm: 'ocr', payload: {} }, 'invalid_input', 'ocr', {}],
    [
      'deep nesting',
      `{"algorithm":"ocr","payload":{"a":${deep}}}`,
      'invalid_input',
      'ocr',
      { truncated: true },
    ],
    ['deep nesting of the whole', deep, 'malformed_body', '_unreadable', { bytes: 200_000, truncated: true }],
    ['too large', 'x'.repeat(MAX_BYTES + 1), 'body_too_large', '_unreadable', { bytes: MAX_BYTES + 1 }],
    ['a NUL and half a character', '{"a":"\\ud800\\u0000"}', 'malformed_request', '_unreadable', {}],
  ])('%s', async (_what, body, code, algorithm, payload) => {
    await broker.declare();
    await broker.send(body, message('http://behind'));
    const intake = await startIntake();
    const tasks = await untilTasks(2);
    const dead = tasks.find(({ state }) => state === 'dead');
    expect(dead).toMatchObject({ algorithm, payload, attempts: [], error: { class: 'invalid', code } });
    expect(dead?.error?.message).toMatch(/expected|unknown argument|required|missing/i);
    expect(JSON.stringify(dead?.payload).length).toBeLessThan(70_000);
    expect(tasks.filter(({ state }) => state === 'waiting')).toHaveLength(1);
    await expectAcknowledged(intake);
  });

  test('100 MB, many times over, are cut to what can be looked at', async () => {
    await broker.declare();
    const large = Buffer.alloc(100 * 1024 * 1024, 'x');
    for (let count = 0; count < 8; count++) await broker.send(large);
    await broker.send(message('http://behind'));
    const intake = await startIntake();
    const tasks = await untilTasks(9);
    expect(tasks.filter(({ state }) => state === 'dead')).toHaveLength(8);
    expect(tasks[0]?.payload).toMatchObject({ bytes: large.length, truncated: true });
    await expectAcknowledged(intake);
  });

  test('one whose payload was kept is redriven with another; one that names no algorithm cannot be', async () => {
    await broker.declare();
    await broker.send({ algorithm: 'ocr', payload: { image: 'x' } }, 'nonsense');
    await startIntake();
    const tasks = await untilTasks(2);
    const wrong = tasks.find(({ algorithm }) => algorithm === 'ocr');
    const unreadable = tasks.find(({ algorithm }) => algorithm !== 'ocr');
    await yard.tasks.redrive(wrong?.id ?? '', { image_url: 'x' });
    expect(await yard.store.get(wrong?.id ?? '')).toMatchObject({ state: 'waiting' });
    await expect(yard.tasks.redrive(unreadable?.id ?? '')).rejects.toMatchObject({ code: 'task_conflict' });
    expect(await yard.tasks.redriveAll({})).toEqual({ redriven: 0, skipped: 1 });
  });
});

describe('what cannot be accepted now', () => {
  /** A task service whose store is away for a number of calls, after which it has done its work or not. */
  const failing = (times: number, after: boolean): Acceptor & { calls: number } => {
    const away = (): never => {
      throw new RunyardError('store_unavailable', 'the store is away');
    };
    const acceptor = {
      calls: 0,
      async submit(...args: Parameters<Acceptor['submit']>) {
        const isAway = acceptor.calls++ < times;
        const result = isAway && !after ? away() : await yard.tasks.submit(...args);
        return isAway ? away() : result;
      },
      async submitDead(...args: Parameters<Acceptor['submitDead']>) {
        if (acceptor.calls++ < times) away();
        await yard.tasks.submitDead(...args);
      },
    };
    return acceptor;
  };

  test('is held, and accepted when it can be', async () => {
    await broker.declare();
    await broker.send(message('http://a'), 'nonsense');
    const intake = await startIntake(failing(5, false));
    expect((await untilTasks(2)).map(({ state }) => state).sort()).toEqual(['dead', 'waiting']);
    await expectAcknowledged(intake);
  });

  test('is one task when only the answer of the store was lost', async () => {
    await broker.declare();
    await broker.send(message('http://a'));
    const acceptor = failing(2, true);
    const intake = await startIntake(acceptor);
    await until('it was accepted', () => acceptor.calls >= 3);
    await expectAcknowledged(intake);
    expect(await listTasks()).toHaveLength(1);
  });

  test('goes back to the broker when the intake ends, and to the next one', async () => {
    await broker.declare();
    await broker.send(...Array.from({ length: 200 }, (_, n) => message(`http://${n}`)));
    const acceptor = failing(Infinity, false);
    const intake = await startIntake(acceptor);
    await until('it was tried', () => acceptor.calls > 64);
    await intake.close();
    expect(await broker.count()).toBe(200);
    const next = await startIntake();
    await untilTasks(200);
    await expectAcknowledged(next);
    expect(await listTasks()).toHaveLength(200);
  });

  test('and never can be for a reason that nobody expected becomes a dead task', async () => {
    await broker.declare();
    await broker.send(message('http://a'));
    const acceptor: Acceptor = {
      submit: () => Promise.reject(new RunyardError('internal', 'it cannot be kept')),
      submitDead: (...args) => yard.tasks.submitDead(...args),
    };
    const intake = await startIntake(acceptor);
    const [task] = await untilTasks(1);
    expect(task).toMatchObject({ state: 'dead', ...message('http://a'), error: { code: 'internal' } });
    await expectAcknowledged(intake);
  });
});

test('a fixed runner’s messages are kept as they are, text or not', async () => {
  await broker.declare();
  await broker.send('{ "image_url" : 1.0 }', Buffer.from([0xff, 0x00]), Buffer.alloc(MAX_BYTES + 1));
  const intake = await startIntake(yard.tasks, (content, max) => readBareMessage(content, max, 'original'));
  const tasks = await untilTasks(3);
  expect(tasks.map(({ payload, state }) => ({ payload, state }))).toEqual(
    expect.arrayContaining([
      { state: 'waiting', payload: { body: '{ "image_url" : 1.0 }' } },
      { state: 'waiting', payload: { base64: '/wA=' } },
      expect.objectContaining({ state: 'dead' }),
    ]),
  );
  await expectAcknowledged(intake);
});
