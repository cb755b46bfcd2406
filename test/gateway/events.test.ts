import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStreamParser, type StreamEvent } from '../../src/http/index.js';
import type { TaskService } from '../../src/tasks/index.js';
import { until } from '../until.js';
import { openGateway, problemOf, type TestGateway } from './test-gateway.js';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await openGateway({ keepAliveMs: 50 });
});
afterEach(() => gateway.close());

/** Follows a task and keeps what comes. */
class Follower {
  readonly events: StreamEvent[] = [];
  readonly ended: Promise<void>;
  raw = '';

  constructor(response: Response) {
    this.ended = this.#read(response);
    this.ended.catch(() => undefined);
  }

  async #read(response: Response): Promise<void> {
    const parser = new EventStreamParser((event) => this.events.push(event));
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) {
      const text = decoder.decode(piece as Uint8Array, { stream: true });
      this.raw += text;
      parser.push(text);
    }
  }

  get names(): string[] {
    return this.events.map(({ event, data }) => {
      const { state, progress } = JSON.parse(data) as { state?: string; progress?: number };
      return `${event} ${state ?? progress}`;
    });
  }

  until(name: string): Promise<unknown> {
    return until(`${name} is told`, () => this.names.includes(name));
  }
}

async function follow(id: string, headers: Record<string, string> = {}, query = ''): Promise<Follower> {
  const response = await gateway.fetch(`/tasks/${id}/events${query}`, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  return new Follower(response);
}

async function endedTask(): Promise<string> {
  const { id } = await gateway.submit();
  await gateway.start(id);
  await gateway.progress(id, 0.25);
  await gateway.progress(id, 0.5);
  await gateway.progress(id, 0.75);
  await gateway.succeed(id, '{"deep":[1.0]}');
  return id;
}

describe('the story of a task', () => {
  it('comes live, from waiting to the end', async () => {
    const { id } = await gateway.submit();
    const follower = await follow(id);
    await follower.until('state waiting');
    await gateway.start(id);
    await follower.until('state running');
    await gateway.progress(id, 0.5);
    await follower.until('progress 0.5');
    await gateway.succeed(id);
    await follower.ended;
    expect(follower.names).toEqual([
      'state waiting',
      'state running',
      'progress 0.5',
      'state succeeded',
      'end succeeded',
    ]);
  });

  it('is told from its start to whoever comes late, and ends with the whole task', async () => {
    const follower = await follow(await endedTask());
    await follower.ended;
    expect(follower.names).toEqual([
      'progress 0.25',
      'progress 0.5',
      'progress 0.75',
      'state succeeded',
      'end succeeded',
    ]);
    expect(follower.events.slice(0, 3).map(({ id }) => id)).toEqual(['1', '2', '3']);
    const first = JSON.parse(follower.events[0]?.data ?? '') as unknown;
    expect(first).toEqual({ progress: 0.25, attempt: 1, time: expect.stringMatching(/Z$/) as string });
    expect(follower.events.at(-1)?.data).toContain('"result":{"deep":[1.0]}');
    expect(follower.events.at(-1)?.data).toContain('"payload":{"text":"hi"}');
    expect(follower.raw).not.toContain('secret-token');
  });

  it.each([
    ['the header Last-Event-ID', { 'last-event-id': '2' }, ''],
    ['the query', {}, '?after=2'],
    ['the header before the query', { 'last-event-id': '2' }, '?after=0'],
  ])('goes on where a follower left off, by %s', async (_by, headers, query) => {
    const follower = await follow(await endedTask(), headers, query);
    await follower.ended;
    expect(follower.names).toEqual(['progress 0.75', 'state succeeded', 'end succeeded']);
  });

  it('stops an EventSource that comes back after the end, until the task is redriven', async () => {
    const { id } = await gateway.submit();
    await gateway.die(id);
    const first = await follow(id);
    await first.ended;
    const lastId = first.events.at(-1)?.id ?? '';
    expect(
      (await gateway.fetch(`/tasks/${id}/events`, { headers: { 'last-event-id': lastId } })).status,
    ).toBe(204);
    await gateway.tasks.redrive(id);
    const again = await follow(id, { 'last-event-id': lastId });
    await again.until('state waiting');
    await gateway.tasks.cancel(id);
    await again.ended;
    expect(again.names.at(-1)).toBe('end cancelled');
  });

  it('shows signs of life while nothing happens', async () => {
    const { id } = await gateway.submit();
    const follower = await follow(id);
    await until('two signs came', () => follower.raw.split(': keep-alive\n\n').length > 2);
    await gateway.tasks.cancel(id);
    await follower.ended;
  });

  it('breaks off without an end when the gateway closes, to be taken up elsewhere', async () => {
    const { id } = await gateway.submit();
    const follower = await follow(id);
    await follower.until('state waiting');
    await gateway.app.close();
    await follower.ended;
    expect(follower.names).toEqual(['state waiting']);
  });

  it('leaves nothing open when its reader goes', async () => {
    const { id } = await gateway.submit();
    const abort = new AbortController();
    const response = await gateway.fetch(`/tasks/${id}/events`, { signal: abort.signal });
    await response.body?.getReader().read();
    abort.abort();
    const count = () =>
      new Promise<number>((resolve) => gateway.app.server.getConnections((_, open) => resolve(open)));
    await until('the connection is closed', async () => (await count()) === 0);
  });

  it('is told no faster than its reader takes it, and not kept for one that takes nothing', async () => {
    let told = 0;
    const data = { stream: 'stdout', line: 'x'.repeat(1000) };
    async function* follow() {
      for (; told < 100_000; told++) {
        yield {
          type: 'event' as const,
          event: { seq: told + 1, time: 0, attempt: 1, type: 'log' as const, data },
        };
      }
    }
    const task = await gateway.submit();
    const tasks = { get: async () => task, follow } as unknown as TaskService;
    const other = await openGateway({ stallTimeoutMs: 300, tasks });
    const socket = connect(other.port, '127.0.0.1', () =>
      socket.write(`GET /tasks/${task.id}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`),
    );
    socket.pause();
    socket.on('error', () => undefined);
    const count = () =>
      new Promise<number>((resolve) => other.app.server.getConnections((_, open) => resolve(open)));
    await until('it is connected', async () => (await count()) === 1);
    await until('it is cut off', async () => (await count()) === 0);
    expect(told).toBeLessThan(30_000);
    socket.destroy();
    await other.close();
  });

  it('of ten thousand events comes whole', async () => {
    const { id } = await gateway.submit();
    await gateway.start(id);
    const line = { stream: 'stdout', line: 'x'.repeat(200) };
    const events = Array.from({ length: 10_000 }, () => ({
      time: 0,
      attempt: 1,
      type: 'log' as const,
      data: line,
    }));
    await gateway.store.appendEvents(id, events);
    await gateway.succeed(id);
    const follower = await follow(id);
    await follower.ended;
    expect(follower.events.filter(({ event }) => event === 'log')).toHaveLength(10_000);
    expect(follower.events.filter(({ event }) => event === 'log').at(-1)?.id).toBe('10000');
  });

  it.each([
    ['last-event-id', 'abc'],
    ['last-event-id', '-1'],
  ])('refuses the place %s: %s', async (name, value) => {
    const { id } = await gateway.submit();
    const response = await gateway.fetch(`/tasks/${id}/events`, { headers: { [name]: value } });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'malformed_request' });
  });
});
