import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallbackOptions } from '../../src/controller/index.js';
import { createMetrics } from '../../src/telemetry/index.js';
import { until } from '../until.js';
import { fail, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

interface Received {
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

let yard: TestYard;
let server: Server;
let received: Received[];
/** Status of the next answers; the last one stays. */
let answers: (number | 'hang' | 'endless')[];
let base: string;

beforeEach(async () => {
  received = [];
  answers = [204];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ url: request.url ?? '', headers: request.headers, body });
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === 'hang') return;
      if (answer === 'endless') return void response.writeHead(200).write('x'.repeat(1_000_000));
      response.writeHead(answer ?? 204, { location: `${base}/elsewhere` }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  yard = await openYard({ service: { assertCallbackUrl: async () => {} } });
  yard.dispatcher.offer('a', ({ args }) =>
    (args as { fail?: boolean }).fail ? fail('input_refused', 'no') : succeed({ value: 1 }),
  );
});

afterEach(async () => {
  await yard.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function start(callbacks: Partial<CallbackOptions> = {}, metrics = createMetrics()) {
  return yard.start({
    callbacks: { secret: SECRET, allowPrivate: true, pollIntervalMs: 20, ...callbacks },
    metrics,
  });
}

function verify({ body, headers }: Received): unknown {
  return new Webhook(SECRET).verify(body, headers as Record<string, string>);
}

test('the end of a task is posted, signed by Standard Webhooks', async () => {
  await start();
  const { id } = await yard.submit('a', { callbackUrl: `${base}/hook?x=1` });
  await until('it arrives', () => received.length === 1);
  const [call] = received;
  expect(call?.url).toBe('/hook?x=1');
  expect(call?.headers['content-type']).toBe('application/json');
  expect(verify(call as Received)).toMatchObject({
    id,
    algorithm: 'a',
    state: 'succeeded',
    result: { value: 1 },
  });
  expect(() =>
    new Webhook('whsec_AAAA').verify(call!.body, call!.headers as Record<string, string>),
  ).toThrow();
});

test('a dead task says why, without its stack', async () => {
  await start();
  await yard.submit('a', { payload: { fail: true }, callbackUrl: base });
  await until('it arrives', () => received.length === 1);
  const body = verify(received[0] as Received) as Record<string, unknown>;
  expect(body).toMatchObject({
    state: 'dead',
    error: { class: 'invalid', code: 'input_refused', message: 'no' },
  });
  expect(body).not.toHaveProperty('result');
});

test('a result that is too long is left out, and the receiver told so', async () => {
  await start({ maxResultBytes: 5 });
  await yard.submit('a', { callbackUrl: base });
  await until('it arrives', () => received.length === 1);
  const body = verify(received[0] as Received);
  expect(body).toMatchObject({ state: 'succeeded', resultOmitted: true });
  expect(body).not.toHaveProperty('result');
});

test('a task cancelled while it waits has its callback, too', async () => {
  await start();
  const { id } = await yard.submit('nobody', { callbackUrl: base });
  await yard.tasks.cancel(id);
  await until('it arrives', () => received.length === 1);
  expect(verify(received[0] as Received)).toMatchObject({ id, state: 'cancelled' });
});

test('a receiver that fails is tried again with growing waits, under the same id, until it takes it', async () => {
  answers = [500, 302, 200];
  await start({ backoffMs: 5_000 });
  await yard.submit('a', { callbackUrl: base });
  await until('the first try', () => received.length === 1);
  await passWait(1, 5_000);
  await passWait(2, 20_000);
  expect(received.map(({ url }) => url)).toEqual(['/', '/', '/']);
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  await untilOutboxIsEmpty();
});

test('a receiver that never takes it is given up after `maxTries`', async () => {
  answers = [500];
  const metrics = createMetrics();
  await start({ backoffMs: 10, maxTries: 3 }, metrics);
  await yard.submit('a', { callbackUrl: base });
  await until('the first try', () => received.length === 1);
  await passWait(1, 10);
  await passWait(2, 40);
  await untilOutboxIsEmpty();
  expect(received).toHaveLength(3);
  expect(await metrics.registry.metrics()).toContain('runyard_callbacks_total{outcome="given_up"} 1');
});

test('a callback is given up when its task ended too long ago', async () => {
  answers = [500];
  await start({ backoffMs: 5_000, maxAgeMs: 10_000 });
  await yard.submit('a', { callbackUrl: base });
  await until('the first try', () => received.length === 1);
  await passWait(1, 5_000);
  await untilOutboxIsEmpty();
  expect(received).toHaveLength(2);
});

test('410 ends it', async () => {
  answers = [410];
  await start({ backoffMs: 0 });
  const { id } = await yard.submit('a', { callbackUrl: base });
  await untilOutboxIsEmpty(id);
  expect(received).toHaveLength(1);
});

test('private addresses are refused at delivery unless allowed, and not tried again', async () => {
  await start({ allowPrivate: false, backoffMs: 3_600_000 });
  const literal = await yard.submit('a', { callbackUrl: base });
  const named = await yard.submit('a', { callbackUrl: base.replace('127.0.0.1', 'localhost') });
  await untilOutboxIsEmpty(literal.id, named.id);
  expect(received).toEqual([]);
});

test('a receiver that does not answer costs its time limit, and delays no other', async () => {
  answers = ['hang', 204];
  await start({ timeoutMs: 300, backoffMs: 0 });
  await yard.submit('a', { callbackUrl: `${base}/hangs` });
  await until('it hangs', () => received.length === 1);
  const asked = performance.now();
  await yard.submit('a', { callbackUrl: `${base}/quick` });
  await until('the other arrives', () => received.some(({ url }) => url === '/quick'));
  expect(performance.now() - asked).toBeLessThan(300);
  await until('it is tried again', () => received.filter(({ url }) => url === '/hangs').length === 2);
});

test('of an endless answer, the status counts', async () => {
  answers = ['endless'];
  await start();
  const { id } = await yard.submit('a', { callbackUrl: base });
  await untilOutboxIsEmpty(id);
  expect(received).toHaveLength(1);
});

test('what was owed when the process ended is sent by the next one', async () => {
  const { id } = await yard.submit('a', { callbackUrl: base });
  const controller = await yard.start();
  await yard.untilEnded(id);
  await controller.close();
  expect(received).toEqual([]);
  await start();
  await until('it arrives', () => received.length === 1);
  expect(verify(received[0] as Received)).toMatchObject({ id });
});

test('a redriven task that ends again has another callback with another id', async () => {
  await start();
  const { id } = await yard.submit('a', { payload: { fail: true }, callbackUrl: base });
  await until('the first arrives', () => received.length === 1);
  await untilOutboxIsEmpty();
  yard.clock.advance(1_000);
  await yard.tasks.redrive(id, {});
  await until('the second arrives', () => received.length === 2);
  expect(verify(received[1] as Received)).toMatchObject({ id, state: 'succeeded' });
  expect(received[1]?.headers['webhook-id']).not.toBe(received[0]?.headers['webhook-id']);
});

interface Owed {
  leased: number;
  dueAt: number;
}

function readOutbox(): Owed[] {
  const sql = 'SELECT leased, due_at FROM task_callbacks';
  const rows = yard.database.read(() => yard.database.prepare<[number, number]>(sql).all([]));
  return rows.map(([leased, dueAt]) => ({ leased, dueAt }));
}

/** The failed try is to be followed by another one after exactly this wait. */
async function passWait(tries: number, ms: number): Promise<void> {
  const [owed] = await until('the try is settled', () => {
    const outbox = readOutbox();
    return received.length === tries && outbox[0]?.leased === 0 ? outbox : undefined;
  });
  expect(owed?.dueAt).toBe(yard.clock.read() + ms);
  yard.clock.advance(ms);
  await until(`try ${tries + 1}`, () => received.length === tries + 1);
}

async function untilOutboxIsEmpty(...tasks: string[]): Promise<void> {
  for (const id of tasks) await yard.untilEnded(id);
  await until('nothing is owed any more', () => readOutbox().length === 0);
}
