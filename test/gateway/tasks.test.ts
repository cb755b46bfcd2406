import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskPageView, TaskView } from '../../src/protocol/index.js';
import { until } from '../until.js';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway();
});
afterEach(() => gateway.close());

const get = async <T>(path: string) => (await (await gateway.fetch(path)).json()) as T;
const idsOf = async (query: string) => (await get<TaskPageView>(`/tasks${query}`)).tasks.map(({ id }) => id);

describe('GET /tasks/{id}', () => {
  it('shows payload, attempts, lines and the result as it was written', async () => {
    const { id } = await gateway.submit();
    await gateway.start(id);
    await gateway.store.endAttempt(id, {
      token: 'secret-token',
      runner: 'r1',
      endedAt: Date.now(),
      durationMs: 12.0000001,
      logs: [{ time: 0, stream: 'stdout', line: 'hello' }],
      outcome: 'succeeded',
      resultJson: '{"n":1.0}',
    });
    const text = await (await gateway.fetch(`/tasks/${id}`)).text();
    expect(text).toContain('"result":{"n":1.0}');
    expect(text).not.toContain('secret-token');
    const iso = expect.stringMatching(/Z$/) as string;
    expect(JSON.parse(text)).toEqual({
      id,
      algorithm: 'echo',
      state: 'succeeded',
      priority: 4,
      payload: { text: 'hi' },
      result: { n: 1 },
      attemptCount: 1,
      crashCount: 0,
      lostCount: 0,
      createdAt: iso,
      updatedAt: iso,
      startedAt: iso,
      endedAt: iso,
      attempts: [
        {
          number: 1,
          runner: 'r1',
          startedAt: iso,
          endedAt: iso,
          durationMs: 12,
          logs: [{ time: '1970-01-01T00:00:00.000Z', stream: 'stdout', line: 'hello' }],
        },
      ],
    });
  });

  it('shows why a task is dead', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id, { errorType: 'KeyError', stacktrace: 'line 3' });
    expect(await get(`/tasks/${id}`)).toMatchObject({
      state: 'dead',
      error: {
        class: 'failed',
        code: 'algorithm_error',
        message: 'boom',
        errorType: 'KeyError',
        stacktrace: 'line 3',
      },
    });
  });

  it.each(['', '/events', '/cancel', '/redrive'])('tells of a task that is not there: %s', async (rest) => {
    const method = rest === '' || rest === '/events' ? 'GET' : 'POST';
    const response = await gateway.fetch(`/tasks/01JUNKNOWN${rest}`, { method });
    expect(await problemOf(response)).toMatchObject({ status: 404, code: 'task_not_found' });
  });
});

describe('GET /tasks/{id}?wait', () => {
  it('answers as soon as the task has ended', async () => {
    const { id } = await gateway.submit();
    const waiting = get<TaskView>(`/tasks/${id}?wait=60000`);
    await gateway.start(id);
    await gateway.succeed(id);
    expect(await waiting).toMatchObject({ state: 'succeeded', result: 'done' });
  });

  it('answers with the task as it is when the time is over', async () => {
    const { id } = await gateway.submit();
    expect(await get(`/tasks/${id}?wait=30`)).toMatchObject({ state: 'waiting' });
  });

  it.each(['-1', '60001', 'long', ''])('refuses to wait "%s"', async (wait) => {
    const { id } = await gateway.submit();
    const problem = await problemOf(await gateway.fetch(`/tasks/${id}?wait=${wait}`));
    expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
  });

  it('lets go when the gateway closes', async () => {
    const { id } = await gateway.submit();
    const before = Date.now();
    const waiting = get<TaskView>(`/tasks/${id}?wait=60000`);
    await until('the request is there', () => gateway.app.server.listening);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await gateway.app.close();
    expect(await waiting).toMatchObject({ state: 'waiting' });
    expect(Date.now() - before).toBeLessThan(20_000);
  });
});

describe('GET /tasks', () => {
  it('lists newest first, page by page, without payloads', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await gateway.submit()).id);
    const first = await get<TaskPageView>('/tasks?limit=2');
    expect(first.tasks.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    expect(first.tasks[0]).not.toHaveProperty('payload');
    const second = await get<TaskPageView>(`/tasks?limit=2&after=${first.next}`);
    const third = await get<TaskPageView>(`/tasks?limit=2&after=${second.next}`);
    expect([...second.tasks, ...third.tasks].map(({ id }) => id)).toEqual(ids.slice(2));
    expect(third).not.toHaveProperty('next');
  });

  it('lists only what is asked for', async () => {
    const waiting = await gateway.submit();
    const dead = await gateway.submit();
    const late = await gateway.submit({ algorithm: 'vision/ocr', payload: { image_url: 'x:y' } });
    await gateway.die(dead.id);
    await gateway.die(late.id, { class: 'timeout', code: 'timeout' });
    expect(await idsOf('?state=waiting')).toEqual([waiting.id]);
    expect(await idsOf('?state=dead')).toEqual([late.id, dead.id]);
    expect(await idsOf('?class=timeout')).toEqual([late.id]);
    expect(await idsOf('?algorithm=vision/ocr')).toEqual([late.id]);
    expect(await idsOf('?algorithm=echo&state=dead&class=failed')).toEqual([dead.id]);
  });

  it.each([
    ['?limit=0', '/limit'],
    ['?limit=1001', '/limit'],
    ['?state=sleeping', '/state'],
    ['?class=bad', '/class'],
    ['?stat=dead', '/stat'],
    ['?state=dead&state=waiting', '/state'],
  ])('refuses %s, naming the field', async (query, path) => {
    const problem = await problemOf(await gateway.fetch(`/tasks${query}`));
    expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
    expect((problem['errors'] as { path: string }[])[0]?.path).toBe(path);
  });
});

describe('cancelling', () => {
  const cancel = (id: string) => gateway.fetch(`/tasks/${id}/cancel`, { method: 'POST' });

  it('ends a waiting task, and does so again', async () => {
    const { id } = await gateway.submit();
    for (let i = 0; i < 2; i++) {
      const response = await cancel(id);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ id, state: 'cancelled' });
    }
    expect(await gateway.queue.depths()).toEqual([]);
  });

  it('asks a running task to stop', async () => {
    const { id } = await gateway.submit();
    await gateway.start(id);
    const response = await cancel(id);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id, state: 'running', cancelRequested: true });
  });

  it('cannot change a task that has ended', async () => {
    const { id } = await gateway.submit();
    await gateway.start(id);
    await gateway.succeed(id);
    expect(await problemOf(await cancel(id))).toMatchObject({ status: 409, code: 'task_conflict' });
  });
});

describe('redriving', () => {
  it('sends a dead task on its way again, with another payload', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id);
    const response = await gateway.post(`/tasks/${id}/redrive`, { payload: { text: 'better' } });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ id, state: 'waiting', payload: { text: 'better' } });
  });

  it('needs no body', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id);
    expect((await gateway.fetch(`/tasks/${id}/redrive`, { method: 'POST' })).status).toBe(202);
  });

  it.each([
    ['a payload that does not fit', { payload: { text: 1 } }, 400, 'invalid_input'],
    ['a payload that is none', { payload: [] }, 400, 'malformed_request'],
    ['a mistyped field', { payloads: {} }, 400, 'malformed_request'],
    ['an array', [], 422, 'malformed_body'],
  ])('is refused for %s', async (_what, body, status, code) => {
    const { id } = await gateway.submit();
    await gateway.die(id);
    expect(await problemOf(await gateway.post(`/tasks/${id}/redrive`, body))).toMatchObject({ status, code });
  });

  it('is refused for a task that waits', async () => {
    const { id } = await gateway.submit();
    const response = await gateway.fetch(`/tasks/${id}/redrive`, { method: 'POST' });
    expect(await problemOf(response)).toMatchObject({ status: 409, code: 'task_conflict' });
  });

  it('takes all that fit', async () => {
    const ids = await Promise.all([gateway.submit(), gateway.submit(), gateway.submit()]);
    for (const [index, { id }] of ids.entries())
      await gateway.die(id, { class: index === 0 ? 'timeout' : 'failed' });
    const redrive = async (body: unknown) => (await gateway.post('/tasks/redrive', body)).json();
    expect(await redrive({ class: 'timeout' })).toEqual({ redriven: 1 });
    expect(await redrive({ algorithm: 'other' })).toEqual({ redriven: 0 });
    expect(await redrive({})).toEqual({ redriven: 2 });
    expect(await idsOf('?state=waiting')).toHaveLength(3);
  });

  it('of all refuses states that cannot be redriven and fields there are not', async () => {
    for (const body of [{ state: 'waiting' }, { state: 'running' }, { statte: 'dead' }, { class: 5 }]) {
      const problem = await problemOf(await gateway.post('/tasks/redrive', body));
      expect(problem).toMatchObject({ status: 400, code: 'malformed_request' });
    }
  });
});
