import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { EventStreamParser, type StreamEvent } from '../../src/http/index.js';
import type { DiscoveryDelta, DiscoverySnapshot } from '../../src/protocol/index.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { openDiscovery, registration } from './registrations.js';

interface Watch {
  events: StreamEvent[];
  text: string;
  isOpen: boolean;
  close(): void;
}

/** Follows a watch for as long as the test goes on. */
async function follow(url: string, headers: Record<string, string> = {}): Promise<Watch> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const watch: Watch = { events: [], text: '', isOpen: true, close: () => abort.abort() };
  const parser = new EventStreamParser((event) => watch.events.push(event));
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      const text = decoder.decode(chunk, { stream: true });
      watch.text += text;
      parser.push(text);
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (watch.isOpen = false));
  return releaseLater(watch);
}

const deltas = ({ events }: Watch): DiscoveryDelta[] =>
  events.flatMap(({ event, data }) => (event === 'delta' ? [JSON.parse(data) as DiscoveryDelta] : []));

describe('watching', () => {
  test('begins with everything, and goes on with each change and its revision', async () => {
    const { url, registry } = await openDiscovery();
    registry.put('a', registration(['x']));
    const watch = await follow(`${url}/watch`);
    await until('the snapshot is there', () => watch.events.length === 1);
    const snapshot = JSON.parse(watch.events[0]!.data) as DiscoverySnapshot;
    expect(watch.events[0]!.event).toBe('snapshot');
    expect(snapshot.runners.map(({ id }) => id)).toEqual(['a']);
    registry.put('b', registration(['y']));
    registry.delete('a');
    await until('both changes are there', () => deltas(watch).length === 2);
    expect(deltas(watch)).toMatchObject([
      { type: 'put', revision: snapshot.revision + 1, runner: { id: 'b' } },
      { type: 'delete', revision: snapshot.revision + 2, id: 'a' },
    ]);
    expect(watch.events.at(-1)!.id).toBe(String(snapshot.revision + 2));
  });

  test.each([
    ['after', (revision: number) => [`?after=${revision}`, {}] as const],
    ['Last-Event-ID', (revision: number) => ['', { 'last-event-id': String(revision) }] as const],
  ])('a reader that comes back with %s gets only what it missed', async (_how, ask) => {
    const { url, registry } = await openDiscovery();
    registry.put('a', registration(['x']));
    const { revision } = registry.snapshot();
    registry.put('b', registration(['x']));
    const [query, headers] = ask(revision);
    const watch = await follow(`${url}/watch${query}`, headers);
    await until('the missed change is there', () => watch.events.length === 1);
    expect(watch.events[0]).toMatchObject({ event: 'delta', id: String(revision + 1) });
    registry.put('c', registration(['x']));
    await until('the next change is there', () => deltas(watch).length === 2);
  });

  test('a reader that was away for too long, or knows another life’s revisions, gets everything', async () => {
    const { url, registry } = await openDiscovery({ watch: { maxLogDeltas: 10 } });
    const { revision } = registry.snapshot();
    for (let index = 0; index < 40; index++) registry.put(`r${index}`, registration(['x']));
    for (const after of [revision, revision + 10_000, 7]) {
      const watch = await follow(`${url}/watch?after=${after}`);
      await until('the snapshot is there', () => watch.events.length === 1);
      expect(watch.events[0]!.event).toBe('snapshot');
    }
  });

  test('a revision that is none is refused', async () => {
    const { url } = await openDiscovery();
    expect((await fetch(`${url}/watch?after=soon`)).status).toBe(400);
  });

  test('a quiet stream is kept alive by comments', async () => {
    const { url } = await openDiscovery({ watch: { keepAliveMs: 20 } });
    const watch = await follow(`${url}/watch`);
    await until('comments come', () => watch.text.includes(': keep-alive'));
    expect(watch.events).toHaveLength(1);
  });

  test('watchers beyond the limit are turned away, and a place that is left is free again', async () => {
    const { url } = await openDiscovery({ watch: { maxWatchers: 1 } });
    const first = await follow(`${url}/watch`);
    const second = await fetch(`${url}/watch`);
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('5');
    first.close();
    await until('there is room', async () => {
      const abort = new AbortController();
      const { status } = await fetch(`${url}/watch`, { signal: abort.signal });
      abort.abort();
      return status === 200;
    });
  });

  test('closing ends the streams', async () => {
    const discovery = await openDiscovery();
    const watch = await follow(`${discovery.url}/watch`);
    await discovery.close();
    await until('the stream has ended', () => !watch.isOpen);
  });
});

describe('a reader that does not read', () => {
  /** Asks for a watch and then takes nothing more. */
  async function stall(port: number): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET /watch HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    releaseLater({ close: () => socket.destroy() });
  }

  const large = (load: number) => registration(['x'], { labels: { note: 'n'.repeat(2000) }, load });

  test('is cut when it is too far behind, and the others get everything', async () => {
    const { registry, url, port, connections } = await openDiscovery({
      watch: { maxBufferedBytes: 200_000 },
    });
    await stall(port);
    const good = await follow(`${url}/watch`);
    expect(await connections()).toBe(2);
    let sent = 0;
    await until(
      'the slow reader is cut',
      async () => {
        for (let times = 0; times < 50; times++) registry.put('a', large(++sent));
        await until('the good reader has it all', () => good.events.length === sent + 1, { everyMs: 1 });
        return (await connections()) === 1;
      },
      { everyMs: 0 },
    );
    expect(good.isOpen).toBe(true);
  });

  test('is cut when it takes nothing for too long, however little it is behind', async () => {
    const { registry, port, connections } = await openDiscovery({
      watch: { keepAliveMs: 20, stallTimeoutMs: 100, maxBufferedBytes: 1e9 },
    });
    await stall(port);
    // More than the kernel holds for it, so that something stays here.
    for (let load = 0; load < 8_000; load++) registry.put('a', large(load));
    await until('the slow reader is cut', async () => (await connections()) === 0);
  });
});
