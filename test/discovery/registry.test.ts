import { afterEach, describe, expect, test, vi } from 'vitest';
import { RunnerRegistry } from '../../src/discovery/index.js';
import type { DiscoveryDelta } from '../../src/protocol/index.js';
import { findFreePort, imageUrlModel, serveOriginal, serveOriginalRunner } from '../original.js';
import { releaseLater } from '../release.js';
import { until } from '../until.js';
import { registration } from './registrations.js';

const FAST = { probeIntervalMs: 30, probeTimeoutMs: 500 };

const open = (options: ConstructorParameters<typeof RunnerRegistry>[0] = {}): RunnerRegistry =>
  releaseLater(new RunnerRegistry(options));

const ids = (registry: RunnerRegistry): string[] => registry.list().map(({ id }) => id);

describe('leases', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a runner that renews stays, and one that does not is gone when its lease has run out', () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const registry = open({ leaseMs: 1000 });
    expect(registry.put('a', registration(['x']))).toEqual({ leaseMs: 1000 });
    registry.put('b', registration(['x']));
    vi.advanceTimersByTime(600);
    registry.put('a', registration(['x']));
    vi.advanceTimersByTime(399);
    expect(ids(registry)).toEqual(['a', 'b']);
    vi.advanceTimersByTime(2);
    expect(ids(registry)).toEqual(['a']);
    vi.advanceTimersByTime(600);
    expect(ids(registry)).toEqual([]);
  });

  test('a registry that slept does not hold it against the runners', () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const registry = open({ leaseMs: 1000 });
    registry.put('a', registration(['x']));
    // The clock runs on while no timer fires, as on a suspended machine.
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(1000);
    expect(ids(registry)).toEqual(['a']);
    vi.advanceTimersByTime(1001);
    expect(ids(registry)).toEqual([]);
  });

  test('an unregistered runner is gone at once, and whoever watches hears of it', () => {
    const registry = open();
    const deltas: DiscoveryDelta[] = [];
    registry.watch((delta) => deltas.push(delta));
    registry.put('a', registration(['x']));
    expect(registry.delete('a')).toBe(true);
    expect(registry.delete('a')).toBe(false);
    expect(deltas.map(({ type }) => type)).toEqual(['put', 'delete']);
    expect(deltas[1]!.revision).toBe(deltas[0]!.revision + 1);
    expect(registry.snapshot()).toEqual({ revision: deltas[1]!.revision, runners: [] });
  });

  test('a renewal that says nothing new is no news; one that does is', () => {
    const registry = open();
    registry.put('a', registration(['x']));
    const deltas: DiscoveryDelta[] = [];
    registry.watch((delta) => deltas.push(delta));
    registry.put('a', registration(['x']));
    expect(deltas).toEqual([]);
    registry.put('a', registration(['x'], { draining: true }));
    expect(deltas).toMatchObject([{ type: 'put', runner: { id: 'a', draining: true, kind: 'lease' } }]);
  });

  test('revisions of a later life are above all earlier ones', () => {
    const first = open();
    for (let index = 0; index < 500; index++) first.put(`r${index}`, registration(['x']));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1 });
    expect(open().snapshot().revision).toBeGreaterThan(first.snapshot().revision);
  });

  test('no more runners are taken than allowed, and known ones still renew', () => {
    const registry = open({ maxRunners: 1 });
    registry.put('a', registration(['x']));
    expect(() => registry.put('b', registration(['x']))).toThrow(/no more are taken/);
    expect(registry.put('a', registration(['y']))).toMatchObject({ leaseMs: 15_000 });
  });
});

describe('runners without a lease', () => {
  test('several algorithms of one host are one runner, described by its /schemas', async () => {
    const runner = releaseLater(await serveOriginalRunner());
    const registry = open(FAST);
    registry.registerOriginal({ algorithm: 'ocr', host: runner.url });
    registry.registerOriginal({ algorithm: 'other', host: `${runner.url}/` });
    expect(registry.list()).toHaveLength(1);
    expect(registry.list()[0]).toMatchObject({
      kind: 'probe',
      healthy: true,
      host: expect.stringContaining(runner.url) as string,
    });
    await until(
      'the schema is known',
      () =>
        registry.list()[0]!.algorithms[0]!.input !== undefined &&
        JSON.stringify(registry.list()).includes('image_url'),
    );
    expect(registry.list()[0]!.algorithms).toEqual([
      { name: 'ocr', input: imageUrlModel('ocr'), mode: 'unary', limits: {} },
      { name: 'other', input: { type: 'object' }, mode: 'unary', limits: {} },
    ]);
  });

  test('one that was registered but is dead is unhealthy after two questions, and healthy when it comes back', async () => {
    const port = await findFreePort();
    const registry = open(FAST);
    const deltas: DiscoveryDelta[] = [];
    registry.watch((delta) => deltas.push(delta));
    registry.registerOriginal({ algorithm: 'ocr', host: `http://127.0.0.1:${port}` });
    expect(registry.list()[0]!.healthy).toBe(true);
    await until('it is unhealthy', () => !registry.list()[0]!.healthy);
    releaseLater(await serveOriginalRunner(port));
    await until('it is healthy', () => registry.list()[0]!.healthy);
    const health = deltas.map((delta) => delta.type === 'put' && delta.runner.healthy);
    expect(health.slice(0, 3)).toEqual([true, false, true]);
  });

  test('one that accepts connections but never answers is unhealthy', async () => {
    const runner = releaseLater(await serveOriginal(() => 'hang'));
    const registry = open({ probeIntervalMs: 30, probeTimeoutMs: 50 });
    registry.registerOriginal({ algorithm: 'ocr', host: runner.url });
    await until('it is unhealthy', () => !registry.list()[0]!.healthy);
  });

  test('a server error is no answer; a page that is not there is one', async () => {
    let status = 500;
    const runner = releaseLater(await serveOriginal(() => ({ status, body: {} })));
    const registry = open(FAST);
    registry.registerOriginal({ algorithm: 'ocr', host: runner.url });
    await until('it is unhealthy', () => !registry.list()[0]!.healthy);
    status = 404;
    await until('it is healthy', () => registry.list()[0]!.healthy);
  });

  test('schemas that are too large, or that cannot be compiled, leave the algorithm callable with anything', async () => {
    let body: unknown = { ocr: { type: 'nonsense' } };
    const runner = releaseLater(await serveOriginal(() => ({ status: 200, body })));
    const registry = open({ ...FAST, probeMaxBytes: 1000 });
    registry.registerOriginal({ algorithm: 'ocr', host: runner.url });
    await until('it was asked twice', () => runner.requests.length > 2);
    expect(registry.list()[0]).toMatchObject({ healthy: true, algorithms: [{ input: { type: 'object' } }] });
    body = { ocr: { type: 'object', title: 'x'.repeat(2000) } };
    const before = runner.requests.length;
    await until('it was asked twice more', () => runner.requests.length > before + 2);
    expect(registry.list()[0]!.algorithms[0]!.input).toEqual({ type: 'object' });
  });

  test('one runner is never asked twice at the same time, and not more at once than allowed', async () => {
    let now = 0;
    let most = 0;
    const slow = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 20));
      now--;
      return { status: 200, body: {} };
    };
    const runners = await Promise.all(Array.from({ length: 6 }, () => serveOriginal(slow)));
    for (const runner of runners) releaseLater(runner);
    const registry = open({ probeIntervalMs: 1, probeTimeoutMs: 2000, probeConcurrency: 3 });
    for (const runner of runners) registry.registerOriginal({ algorithm: 'x', host: runner.url });
    await until('all were asked often', () => runners.every(({ requests }) => requests.length > 3));
    expect(most).toBe(3);
  });

  test('one that has not answered for long is forgotten', async () => {
    const port = await findFreePort();
    const registry = open({ ...FAST, forgetAfterMs: 50 });
    registry.registerOriginal({ algorithm: 'ocr', host: `http://127.0.0.1:${port}` });
    await until('it is gone', () => registry.list().length === 0);
  });

  test('the lease of the same address takes its place, and is not joined by it again', () => {
    const registry = open(FAST);
    const host = 'http://127.0.0.1:1';
    registry.registerOriginal({ algorithm: 'x', host });
    registry.put('a', registration(['x'], { host }));
    registry.registerOriginal({ algorithm: 'x', host: `${host}/` });
    expect(registry.list().map(({ kind }) => kind)).toEqual(['lease']);
  });
});
