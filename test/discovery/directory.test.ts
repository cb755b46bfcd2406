import { describe, expect, test } from 'vitest';
import { createLocalDirectory, createRemoteDirectory, RunnerRegistry } from '../../src/discovery/index.js';
import type { RemoteDirectory, RemoteDirectoryOptions, RunnerDirectory } from '../../src/discovery/index.js';
import { findFreePort, imageUrlModel, serveOriginalDiscovery, serveOriginalRunner } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { descriptor, openDiscovery, registration } from './registrations.js';

const ids = (directory: RunnerDirectory): string[] =>
  directory
    .runners()
    .map(({ id }) => id)
    .sort();

function follow(urls: string[], options: Partial<RemoteDirectoryOptions> = {}): RemoteDirectory {
  return releaseLater(createRemoteDirectory({ urls, firstBackoffMs: 20, maxBackoffMs: 50, ...options }));
}

describe('a local directory', () => {
  test('finds runners by algorithm, and calls back with every change', async () => {
    const registry = releaseLater(new RunnerRegistry());
    registry.put('a', registration(['x']));
    const directory = releaseLater(createLocalDirectory(registry));
    let changes = 0;
    const stop = directory.onChange(() => changes++);
    registry.put('b', registration(['x', 'y']));
    expect(directory.find('x').map(({ id }) => id)).toEqual(['a', 'b']);
    expect(directory.algorithms().map(({ name }) => name)).toEqual(['x', 'y']);
    registry.put('b', registration(['z']));
    expect(directory.find('x').map(({ id }) => id)).toEqual(['a']);
    expect(directory.find('y')).toEqual([]);
    expect(directory.descriptor('y')).toBeUndefined();
    registry.delete('b');
    expect(directory.descriptor('z')).toBeUndefined();
    expect(changes).toBe(3);
    stop();
    registry.delete('a');
    expect(changes).toBe(3);
  });

  test('keeps what it says of algorithms while runners renew with the same words', () => {
    const registry = releaseLater(new RunnerRegistry());
    const directory = releaseLater(createLocalDirectory(registry));
    const put = (load: number, description = 'the same') =>
      registry.put('a', {
        ...registration([]),
        algorithms: [descriptor('x', { description }), descriptor('y')],
        load,
      });
    put(0);
    const [before, y] = [directory.algorithms(), directory.descriptor('y')];
    put(1);
    expect(directory.get('a')?.load).toBe(1);
    expect(directory.find('x')).toMatchObject([{ load: 1 }]);
    expect(directory.algorithms()).toBe(before);
    put(1, 'another');
    expect(directory.algorithms()).not.toBe(before);
    expect(directory.descriptor('x')?.description).toBe('another');
    expect(directory.descriptor('y')).toBe(y);
  });

  test('describes an algorithm as the newest runner that holds a lease does', () => {
    let now = 1_700_000_000_000;
    const registry = releaseLater(new RunnerRegistry({ clock: () => ++now, probeIntervalMs: 60_000 }));
    const directory = releaseLater(createLocalDirectory(registry));
    const put = (id: string, description: string, more = {}) =>
      registry.put(id, { ...registration([]), algorithms: [descriptor('x', { description })], ...more });
    put('old', 'old');
    put('new', 'new');
    registry.registerOriginal({ algorithm: 'x', host: 'http://127.0.0.1:9' });
    put('old', 'old, renewed');
    expect(directory.descriptor('x')?.description).toBe('new');
    put('new', 'new', { draining: true });
    expect(directory.descriptor('x')?.description).toBe('old, renewed');
  });
});

describe('a remote directory', () => {
  test('follows what its discovery says', async () => {
    const { url, registry } = await openDiscovery();
    registry.put('a', registration(['x']));
    const directory = follow([`${url}/`]);
    let changes = 0;
    directory.onChange(() => changes++);
    await directory.ready;
    expect(ids(directory)).toEqual(['a']);
    registry.put('b', registration(['x']));
    await until('the second is known', () => directory.find('x').length === 2);
    registry.delete('a');
    await until('the first is gone', () => directory.find('x').length === 1);
    expect(changes).toBe(3);
  });

  test('waits for a discovery that starts later', async () => {
    const port = await findFreePort();
    const directory = follow([`http://127.0.0.1:${port}`]);
    const { registry } = await openDiscovery({ port });
    registry.put('a', registration(['x']));
    await until('the runner is known', () => ids(directory).length === 1);
  });

  test('keeps the last good copy while its discovery is away, and while it fills again', async () => {
    const first = await openDiscovery();
    for (const id of ['a', 'b']) first.registry.put(id, registration(['x']));
    const directory = follow([first.url], { refillMs: 300 });
    await directory.ready;
    await first.close();
    const second = await openDiscovery({ port: first.port });
    second.registry.put('c', registration(['x']));
    await until('it is connected again', () => ids(directory).includes('c'));
    expect(ids(directory)).toEqual(['a', 'b', 'c']);
    second.registry.put('b', registration(['x']));
    await until('what does not come back is dropped', () => ids(directory).length === 2);
    expect(ids(directory)).toEqual(['b', 'c']);
  });

  test('merges several discoveries: a runner is there while one that answers says so', async () => {
    const [one, two] = [await openDiscovery(), await openDiscovery()];
    one.registry.put('a', registration(['x']));
    one.registry.put('both', registration(['x'], { load: 1 }));
    two.registry.put('b', registration(['x']));
    const directory = follow([one.url, two.url]);
    await until('all are known', () => directory.runners().length === 3);
    await until('time goes on', () => Date.now() > one.registry.get('both')!.renewedAt);
    two.registry.put('both', registration(['x'], { load: 2 }));
    await until('the later word holds', () => directory.find('x').some(({ load }) => load === 2));
    one.registry.delete('both');
    one.registry.delete('a');
    await until('one is gone', () => directory.runners().length === 2);
    expect(ids(directory)).toEqual(['b', 'both']);
  });

  test('what one discovery saw go is gone, though another that is away last said otherwise', async () => {
    const [one, two] = [await openDiscovery(), await openDiscovery()];
    for (const { registry } of [one, two]) registry.put('a', registration(['x']));
    two.registry.put('b', registration(['x']));
    one.registry.put('only-one', registration(['x']));
    const directory = follow([one.url, two.url]);
    await until('all are known', () => directory.runners().length === 3);
    await one.close();
    // Until this comes, the closed stream may not have been noticed.
    await until('the loss is noticed', async () => {
      two.registry.put('a', registration(['x'], { load: Math.random() }));
      two.registry.delete('a');
      await new Promise((resolve) => setTimeout(resolve, 20));
      return !ids(directory).includes('a');
    });
    expect(ids(directory)).toEqual(['b', 'only-one']);
  });

  test('a stream that falls silent is left and opened again', async () => {
    const { url, connections, registry } = await openDiscovery({ watch: { keepAliveMs: 60_000 } });
    const directory = follow([url], { silenceMs: 1_000 });
    await directory.ready;
    let changes = 0;
    directory.onChange(() => changes++);
    await until('the silent stream is left', async () => (await connections()) === 0, { everyMs: 1 });
    registry.put('a', registration(['x']));
    await until('the change arrives on a new stream', () => changes > 0);
  });
});

describe('an original discovery', () => {
  test('is asked again and again, and its runners are asked for their schemas and health', async () => {
    const runner = releaseLater(await serveOriginalRunner());
    const discovery = releaseLater(await serveOriginalDiscovery());
    discovery.registry.ocr = runner.url;
    discovery.registry.lost = `http://127.0.0.1:${await findFreePort()}`;
    discovery.registry.nonsense = 'nowhere';
    const directory = follow([discovery.url], { pollIntervalMs: 30 });
    await directory.ready;
    await until(
      'the schema is known',
      () =>
        directory.find('ocr')[0]?.algorithms[0]?.input !== undefined &&
        JSON.stringify(directory.descriptor('ocr')).includes('image_url'),
    );
    expect(directory.descriptor('ocr')?.input).toEqual(imageUrlModel('ocr'));
    await until('the dead one is unhealthy', () => directory.find('lost')[0]?.healthy === false);
    expect(directory.find('nonsense')).toEqual([]);
    delete discovery.registry.lost;
    discovery.registry.moved = runner.url;
    await until(
      'changes arrive',
      () => directory.find('lost').length === 0 && directory.find('moved').length === 1,
    );
    expect(directory.runners()).toHaveLength(1);
  });

  test('a runner that it has forgotten is kept for as long as it answers', async () => {
    const runner = await serveOriginalRunner();
    const discovery = releaseLater(await serveOriginalDiscovery());
    discovery.registry.ocr = runner.url;
    const directory = follow([discovery.url], { pollIntervalMs: 30 });
    await until('it is described', () =>
      JSON.stringify(directory.descriptor('ocr') ?? '').includes('image_url'),
    );
    delete discovery.registry.ocr;
    const polls = discovery.requests.length;
    await until('it was asked again, several times', () => discovery.requests.length > polls + 5);
    expect(directory.find('ocr')).toMatchObject([{ host: runner.url, healthy: true }]);
    await runner.close();
    await until('it is gone', () => directory.find('ocr').length === 0);
  });

  test('its runners are kept while it is away, and one of our own in its place is followed', async () => {
    const runner = releaseLater(await serveOriginalRunner());
    const discovery = await serveOriginalDiscovery();
    discovery.registry.ocr = runner.url;
    const directory = follow([discovery.url], { pollIntervalMs: 30, refillMs: 50 });
    await directory.ready;
    await discovery.close();
    const { registry } = await openDiscovery({ port: Number(new URL(discovery.url).port) });
    registry.put('a', registration(['x']));
    await until('the new one is followed', () => directory.find('x').length === 1);
    await until('what the old one said is dropped', () => directory.find('ocr').length === 0);
  });
});
