import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem, TaskSummaryView, TaskView } from '../../src/protocol/index.js';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

const task = { algorithm: 'echo', payload: { text: 'hi' } };
const submit = (body: unknown, headers?: Record<string, string>) => gateway.post('/tasks', body, headers);
const read = async (id: string) => (await (await gateway.fetch(`/tasks/${id}`)).json()) as TaskView;

describe('a submitted task', () => {
  it('is answered with its place, and is durable by then', async () => {
    const response = await submit(task);
    expect(response.status).toBe(202);
    const body = (await response.json()) as TaskSummaryView;
    expect(response.headers.get('location')).toBe(`/tasks/${body.id}`);
    expect(body).toMatchObject({ algorithm: 'echo', state: 'waiting', priority: 4, attemptCount: 0 });
    expect(body).not.toHaveProperty('payload');
    expect(await gateway.store.get(body.id)).toMatchObject({ payload: { text: 'hi' }, state: 'waiting' });
    expect(await gateway.queue.depths()).toMatchObject([{ algorithm: 'echo', ready: 1 }]);
  });

  it('keeps everything that was said of it', async () => {
    const runAt = Date.now() + 60_000;
    const wishes = {
      priority: 9,
      runAt: new Date(runAt).toISOString(),
      deadline: runAt + 60_000,
      timeoutMs: 5000,
      maxAttempts: 7,
      idempotencyKey: 'k1',
    };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await submit({ ...task, ...wishes }, { traceparent, 'x-call-depth': '2' });
    const { id } = (await response.json()) as TaskSummaryView;
    expect(await gateway.store.get(id)).toMatchObject({ ...wishes, runAt, traceparent, depth: 2 });
    expect(await read(id)).toMatchObject({
      ...wishes,
      deadline: new Date(runAt + 60_000).toISOString(),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    });
    expect(await gateway.queue.depths()).toMatchObject([{ ready: 0, delayed: 1 }]);
  });

  it('of an algorithm that nobody offers yet waits for it', async () => {
    expect((await submit({ ...task, algorithm: 'not_there_yet' })).status).toBe(202);
  });

  it('has no owner without keys, whatever the caller says', async () => {
    expect((await submit({ ...task, owner: 'me' })).status).toBe(400);
  });
});

describe('an idempotency key', () => {
  it.each([
    ['in the body', { idempotencyKey: 'k' }, {}],
    ['in the header', {}, { 'idempotency-key': 'k' }],
    ['in both', { idempotencyKey: 'k' }, { 'idempotency-key': 'k' }],
  ])('%s gives the first task back, as far as it is', async (_where, more, headers) => {
    const first = (await (await submit({ ...task, ...more }, headers)).json()) as TaskSummaryView;
    await gateway.start(first.id);
    await gateway.succeed(first.id, '{"a":1}');
    const again = await submit({ ...task, ...more }, headers);
    expect(again.status).toBe(200);
    expect(again.headers.get('location')).toBe(`/tasks/${first.id}`);
    expect(await again.json()).toMatchObject({ id: first.id, state: 'succeeded', result: { a: 1 } });
  });

  it('used for another payload is a conflict', async () => {
    await submit({ ...task, idempotencyKey: 'k' });
    const response = await submit({ ...task, payload: { text: 'other' }, idempotencyKey: 'k' });
    expect(await problemOf(response)).toMatchObject({ status: 409, code: 'idempotency_conflict' });
  });

  it.each([
    ['that differs from the body’s', { idempotencyKey: 'a' }, 'b'],
    ['that is too long', {}, 'x'.repeat(256)],
  ])('in a header %s is refused', async (_what, more, key) => {
    const response = await submit({ ...task, ...more }, { 'idempotency-key': key });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'malformed_request' });
  });
});

describe('a submission is refused', () => {
  const cases: [string, object, string, RegExp][] = [
    ['without an algorithm', { payload: {} }, '/algorithm', /missing, expected string/],
    ['without a payload', { algorithm: 'echo' }, '/payload', /missing, expected object/],
    ['for a payload that is an array', { ...task, payload: [] }, '/payload', /expected object, got array/],
    ['for an algorithm that cannot be a name', { ...task, algorithm: '../etc' }, '/algorithm', /pattern/],
    [
      'for a mistyped field, naming the near one',
      { ...task, prioritty: 3 },
      '/prioritty',
      /did you mean "priority"/,
    ],
    ['for a priority of 10', { ...task, priority: 10 }, '/priority', /<= 9, got number 10/],
    ['for a priority of half', { ...task, priority: 1.5 }, '/priority', /expected integer/],
    ['for a time in words', { ...task, runAt: 'tomorrow' }, '/runAt', /date-time/],
    ['for a time without a zone', { ...task, runAt: '2030-01-01T00:00:00' }, '/runAt', /date-time/],
    ['for a time beyond all calendars', { ...task, deadline: 9e15 }, '/deadline', /<=/],
    ['for no time at all', { ...task, timeoutMs: 0 }, '/timeoutMs', />= 1/],
    ['for no attempt at all', { ...task, maxAttempts: 0 }, '/maxAttempts', />= 1/],
    ['for an empty key', { ...task, idempotencyKey: '' }, '/idempotencyKey', /fewer than 1/],
    ['for a callback that is no address', { ...task, callbackUrl: 'home' }, '/callbackUrl', /uri/],
  ];

  it.each(cases)('%s', async (_what, body, path, message) => {
    const problem = (await problemOf(await submit(body))) as unknown as Problem;
    expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
    expect(problem.errors).toEqual([{ path, message: expect.stringMatching(message) as string }]);
    expect(problem.detail).toContain(path.slice(1));
  });

  it('with all that is wrong at once', async () => {
    const { errors } = await problemOf(await submit({ algorithm: 5, payload: {}, priority: -1, x: 1 }));
    expect((errors as { path: string }[]).map(({ path }) => path).sort()).toEqual([
      '/algorithm',
      '/priority',
      '/x',
    ]);
  });

  it('for a payload that does not fit its algorithm, naming the fields', async () => {
    const problem = await problemOf(await submit({ ...task, payload: { text: 5, tiems: 2 } }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_input' });
    expect(problem['detail']).toMatch(
      /tiems: unknown argument; did you mean "times"\?; text: expected string, got number 5/,
    );
  });

  it('when algorithms call each other deeper than allowed', async () => {
    expect(await problemOf(await submit(task, { 'x-call-depth': '5' }))).toMatchObject({ status: 508 });
  });

  it('for a callback into the private network', async () => {
    const problem = await problemOf(await submit({ ...task, callbackUrl: 'http://169.254.169.254/' }));
    expect(problem).toMatchObject({ status: 400, code: 'callback_refused' });
  });

  it('leaves nothing behind', async () => {
    await submit({ ...task, payload: { text: 5 } });
    expect(await gateway.queue.depths()).toEqual([]);
    expect((await gateway.store.list({}, 10)).tasks).toEqual([]);
  });
});

describe('an array of tasks', () => {
  it('gives each its place, and each wrong one its problem', async () => {
    const response = await submit([task, { ...task, payload: {} }, 'x', { ...task, priority: 99 }, task]);
    expect(response.status).toBe(202);
    const results = (await response.json()) as (TaskSummaryView & Problem)[];
    expect(results.map(({ state, code }) => state ?? code)).toEqual([
      'waiting',
      'invalid_input',
      'malformed_body',
      'malformed_request',
      'waiting',
    ]);
    expect((await gateway.store.list({}, 10)).tasks).toHaveLength(2);
  });

  it.each([0, 1001])('of %i is refused as a whole', async (count) => {
    const response = await submit(Array.from({ length: count }, () => task));
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'malformed_request' });
    expect((await gateway.store.list({}, 10)).tasks).toEqual([]);
  });

  it('of 1000 is taken', async () => {
    const response = await submit(Array.from({ length: 1000 }, () => task));
    expect(new Set(((await response.json()) as TaskSummaryView[]).map(({ id }) => id)).size).toBe(1000);
  });

  it('has no use for one idempotency key', async () => {
    expect((await submit([task], { 'idempotency-key': 'k' })).status).toBe(400);
  });
});

describe('a queue that takes no work', () => {
  it.each([
    ['one task', task],
    ['an array', [task, task]],
  ])('is told of at once: %s', async (_what, body) => {
    await gateway.loseDatabase();
    const response = await submit(body);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'queue_unavailable' });
    expect((await gateway.fetch('/health')).status).toBe(503);
  });
});
