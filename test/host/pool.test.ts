import { describe, expect, it } from 'vitest';
import { endOf, openHost, resultOf, runOn, until } from './host-fixture.js';

describe('a pool', () => {
  it('starts processes on demand, up to the maximum', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { pool: { maxProcesses: 3 } });
    expect(host.health()).toMatchObject({ state: 'ready', processes: 1, starts: 1 });
    const pids = await Promise.all(
      Array.from({ length: 6 }, () => resultOf(runOn(host, 'sleep', { ms: 400 }))),
    );
    expect(new Set(pids).size).toBe(3);
    expect(host.health()).toMatchObject({ processes: 3, starts: 3, running: 0, waiting: 0 });
  });

  it('starts no process while one is free', async () => {
    const host = await openHost('normal.mjs', ['echo'], { pool: { maxProcesses: 3 } });
    for (let count = 0; count < 20; count += 1) await runOn(host, 'echo');
    expect(host.health().starts).toBe(1);
  });

  it('gives a process as many runs at once as it announces', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { env: { READY: '{"concurrency":4}' } });
    const before = performance.now();
    const runs = Array.from({ length: 4 }, () => runOn(host, 'sleep', { ms: 300 }));
    await until('all run', () => host.health().running === 4);
    await Promise.all(runs);
    expect(performance.now() - before).toBeLessThan(900);
    expect(host.health().starts).toBe(1);
    expect(host.capacity('sleep')).toBe(4);
  });

  it('gives a process that takes several runs those of one algorithm only, so that it can block no other', async () => {
    const host = await openHost('normal.mjs', ['block', 'echo'], { env: { READY: '{"concurrency":8}' } });
    const long = runOn(host, 'block', { ms: 60_000 }, { timeoutMs: 3000 });
    await until('it runs', () => host.health().running === 1);
    const brief = Array.from({ length: 5 }, (_, index) => resultOf(runOn(host, 'echo', { index })));
    const [first] = await Promise.race([Promise.all(brief), long.then(() => ['delayed'])]);
    expect(first).toEqual({ index: 0 });
    expect(await endOf(long)).toBe('timeout/timeout');
  });

  it('keeps the minimum alive and ends what idles beyond it', async () => {
    const host = await openHost('normal.mjs', ['sleep'], {
      pool: { minProcesses: 2, maxProcesses: 3, idleTimeoutMs: 200 },
    });
    await until('the minimum is there', () => host.health().processes === 2);
    const runs = Array.from({ length: 3 }, () => runOn(host, 'sleep', { ms: 1000 }));
    await until('a third has started', () => host.health().processes === 3);
    await Promise.all(runs);
    await until('the third has ended', () => host.health().processes === 2);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(host.health()).toMatchObject({ processes: 2, crashes: 0, state: 'ready' });
  });

  it('lets two idle processes go for good', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { pool: { maxProcesses: 2, idleTimeoutMs: 300 } });
    await Promise.all([1, 2].map(() => runOn(host, 'sleep', { ms: 300 })));
    await until('both have ended', () => host.health().processes === 0);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(host.health()).toMatchObject({ processes: 0, starts: 2, state: 'ready' });
  });

  it('comes back from having no process at all', async () => {
    const host = await openHost('normal.mjs', ['echo'], { pool: { idleTimeoutMs: 50 } });
    await until('it idles away', () => host.health().processes === 0);
    expect(host.health()).toMatchObject({ state: 'ready', crashes: 0 });
    expect(await resultOf(runOn(host, 'echo', { a: 1 }))).toEqual({ a: 1 });
  });

  it('refuses with busy and a time when too many wait, and counts each algorithm apart', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'echo'], { pool: { maxWaiting: 2 } });
    const runs = Array.from({ length: 3 }, () => runOn(host, 'sleep', { ms: 300 }));
    await until('they wait', () => host.health().waiting === 2);
    const refused = await runOn(host, 'sleep', { ms: 1 });
    expect(refused).toMatchObject({ ok: false, error: { class: 'busy', code: 'busy' } });
    expect(refused.ok || refused.error.retryAfterMs).toBeGreaterThan(0);
    expect(await endOf(runOn(host, 'echo'))).toBe('ok');
    expect((await Promise.all(runs)).every(({ ok }) => ok)).toBe(true);
  });
});

describe('an algorithm that blocks its process', () => {
  it('for long delays no other algorithm, though every process is taken', async () => {
    const host = await openHost('normal.mjs', ['block', 'echo', 'pid'], { pool: { maxProcesses: 2 } });
    const abort = new AbortController();
    const blocked = Array.from({ length: 10 }, () =>
      runOn(host, 'block', { ms: 60_000 }, { signal: abort.signal }),
    );
    await until('both processes are blocked', () => host.health().running === 2);
    const before = performance.now();
    expect(await resultOf(runOn(host, 'echo', { a: 1 }))).toEqual({ a: 1 });
    expect(await resultOf(runOn(host, 'pid'))).toBeTypeOf('number');
    for (let count = 0; count < 20; count += 1) await runOn(host, 'echo');
    expect(performance.now() - before).toBeLessThan(5000);
    expect(host.health()).toMatchObject({ processes: 4, waiting: 8 });
    abort.abort();
    expect(new Set(await Promise.all(blocked.map(endOf)))).toEqual(new Set(['cancelled/cancelled']));
  });

  it('is given no second process of its own beyond the maximum', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'block'], { pool: { maxProcesses: 1 } });
    const long = runOn(host, 'block', { ms: 1500 });
    const others = Array.from({ length: 5 }, () => runOn(host, 'sleep', { ms: 100 }));
    await Promise.all(others);
    expect(host.health().starts).toBe(2);
    await long;
  });

  it('does not get the extra process that another one was given', async () => {
    const host = await openHost('normal.mjs', ['block', 'echo'], { pool: { maxProcesses: 1 } });
    const blocked = Array.from({ length: 4 }, () => runOn(host, 'block', { ms: 700 }));
    await runOn(host, 'echo');
    expect(host.health()).toMatchObject({ processes: 2, waiting: 3, running: 1 });
    const pids = await Promise.all(blocked.map(resultOf));
    expect(new Set(pids).size).toBe(1);
  });
});

describe('a worn process is replaced, and no run is dropped:', () => {
  it('after its requests', async () => {
    const host = await openHost('normal.mjs', ['pid'], { pool: { maxRequests: 10 } });
    const pids = new Set<unknown>();
    for (let count = 0; pids.size < 4; count += 1) {
      const outcome = await runOn(host, 'pid');
      expect(outcome.ok).toBe(true);
      pids.add(outcome.ok && outcome.resultJson);
      expect(count).toBeLessThan(20_000);
    }
    expect(host.health()).toMatchObject({ crashes: 0, state: 'ready' });
    await until('only one is left', () => host.health().processes === 1);
  });

  it('after its requests, under load', async () => {
    const host = await openHost('normal.mjs', ['pid'], { pool: { maxRequests: 50 } });
    const outcomes = await Promise.all(Array.from({ length: 900 }, () => runOn(host, 'pid')));
    expect(outcomes.filter(({ ok }) => !ok)).toEqual([]);
    expect(host.health().crashes).toBe(0);
  });

  it('after its lifetime', async () => {
    const host = await openHost('normal.mjs', ['pid', 'sleep'], { pool: { maxLifetimeMs: 300 } });
    const first = await resultOf(runOn(host, 'pid'));
    const long = runOn(host, 'sleep', { ms: 1000 });
    await until('another answers', async () => (await resultOf(runOn(host, 'pid'))) !== first);
    expect(await resultOf(long)).toBeTypeOf('number');
    expect(host.health().crashes).toBe(0);
  });

  it('when it holds too much memory', async () => {
    const host = await openHost('grows.mjs', ['grow'], { pool: { maxMemoryBytes: 250 * 1024 * 1024 } });
    const first = await resultOf(runOn(host, 'grow', { megabytes: 300 }));
    await until(
      'another answers',
      async () => (await resultOf(runOn(host, 'grow', { megabytes: 1 }))) !== first,
    );
    expect(host.health()).toMatchObject({ crashes: 0, state: 'ready' });
  });
});

describe('health and changes', () => {
  it('count what runs and what waits', async () => {
    const host = await openHost('normal.mjs', ['sleep']);
    const runs = [1, 2, 3].map(() => runOn(host, 'sleep', { ms: 100 }));
    expect(host.health()).toMatchObject({ running: 1, waiting: 2 });
    await Promise.all(runs);
    expect(host.health()).toMatchObject({ running: 0, waiting: 0 });
  });

  it('are announced, until the listener is taken off', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'die'], { pool: { maxProcesses: 2 } });
    let changes = 0;
    const off = host.onChange(() => (changes += 1));
    await Promise.all([1, 2].map(() => runOn(host, 'sleep', { ms: 200 })));
    await until('a second process is announced', () => changes > 0);
    off();
    const before = changes;
    await runOn(host, 'die');
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(changes).toBe(before);
  });
});
