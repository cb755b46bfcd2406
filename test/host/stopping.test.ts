import { describe, expect, it } from 'vitest';
import { endOf, FAST, listProcesses, openHost, resultOf, runOn, until } from './host-fixture.js';

describe('cancelling', () => {
  it('before it is taken in is immediate', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    expect(await endOf(runOn(host, 'echo', {}, { signal: AbortSignal.abort() }))).toBe('cancelled/cancelled');
  });

  it('a waiting run is immediate, and it never runs', async () => {
    const host = await openHost('normal.mjs', ['block', 'print']);
    const long = runOn(host, 'block', { ms: 400 });
    const next = runOn(host, 'block', { ms: 0 });
    const abort = new AbortController();
    const waiting = runOn(host, 'block', { ms: 60_000 }, { signal: abort.signal });
    abort.abort();
    expect(await endOf(waiting)).toBe('cancelled/cancelled');
    expect(host.health()).toMatchObject({ running: 1, waiting: 1 });
    expect((await long).ok && (await next).ok).toBe(true);
  });

  it('a cooperative run leaves its process alive', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'pid']);
    const pid = await resultOf(runOn(host, 'pid'));
    const abort = new AbortController();
    const run = runOn(host, 'sleep', { ms: 60_000 }, { signal: abort.signal });
    await until('it runs', () => host.health().running === 1);
    const before = performance.now();
    abort.abort();
    const outcome = await run;
    expect(outcome).toMatchObject({ ok: false, error: { class: 'cancelled', code: 'cancelled' } });
    expect(performance.now() - before).toBeLessThan(FAST.cancelGraceMs);
    expect(await resultOf(runOn(host, 'pid'))).toBe(pid);
  });

  it('a run that hangs ends it by SIGTERM, and another process takes over', async () => {
    const host = await openHost('hangs.mjs', ['hang', 'quick']);
    const abort = new AbortController();
    const run = runOn(host, 'hang', {}, { signal: abort.signal });
    await until('it runs', () => host.health().running === 1);
    abort.abort();
    expect(await endOf(run)).toBe('cancelled/cancelled');
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
    expect(host.health()).toMatchObject({ starts: 2, crashes: 0 });
  });

  it('a run whose process ignores SIGTERM ends it by SIGKILL', async () => {
    const host = await openHost('ignores-term.mjs', ['hang', 'quick']);
    const abort = new AbortController();
    const run = runOn(host, 'hang', {}, { signal: abort.signal });
    await until('it runs', () => host.health().running === 1);
    const before = performance.now();
    abort.abort();
    // The replacement is there before the old process has gone.
    expect(await endOf(run)).toBe('cancelled/cancelled');
    expect(performance.now() - before).toBeGreaterThan(FAST.cancelGraceMs + FAST.killGraceMs - 20);
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('one of several in a process lets the others end, up to the grace', async () => {
    const host = await openHost('normal.mjs', ['sleep'], {
      env: { READY: '{"concurrency":3}' },
      pool: { cancelGraceMs: 600 },
    });
    const abort = new AbortController();
    const stubborn = runOn(host, 'sleep', { ms: 60_000, deaf: true }, { signal: abort.signal });
    const brief = runOn(host, 'sleep', { ms: 200 });
    const long = runOn(host, 'sleep', { ms: 60_000 });
    await until('all run', () => host.health().running === 3);
    abort.abort();
    expect(await endOf(brief)).toBe('ok');
    expect(await endOf(stubborn)).toBe('cancelled/cancelled');
    const outcome = await long;
    expect(outcome).toMatchObject({ ok: false, error: { class: 'crashed', code: 'process_stopped' } });
    expect(outcome.ok || outcome.error.message).toContain('another run in it was to stop');
  });

  it('sends nothing new to a process that has yet to stop', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { env: { READY: '{"concurrency":3}' } });
    const abort = new AbortController();
    const stubborn = runOn(host, 'sleep', { ms: 60_000, deaf: true }, { signal: abort.signal });
    await until('it runs', () => host.health().running === 1);
    abort.abort();
    const next = runOn(host, 'sleep', { ms: 0 });
    expect(host.health()).toMatchObject({ running: 1, waiting: 1 });
    expect((await next).ok).toBe(true);
    expect(await endOf(stubborn)).toBe('cancelled/cancelled');
  });

  it('a run sent ahead is immediate, though its process is busy', async () => {
    const host = await openHost('normal.mjs', ['block'], { pool: { cancelGraceMs: 5000 } });
    await until('it counts as short', async () => {
      await Promise.all(Array.from({ length: 16 }, () => runOn(host, 'block', { ms: 0 })));
      return host.capacity('block') >= 8;
    });
    const abort = new AbortController();
    const head = runOn(host, 'block', { ms: 500 });
    const ahead = runOn(host, 'block', { ms: 0 }, { signal: abort.signal });
    expect(host.health().running).toBe(2);
    const before = performance.now();
    abort.abort();
    expect(await endOf(ahead)).toBe('cancelled/cancelled');
    expect(performance.now() - before).toBeLessThan(300);
    expect(await endOf(head)).toBe('ok');
    expect(await endOf(runOn(host, 'block', { ms: 0 }))).toBe('ok');
    expect(host.health().starts).toBe(1);
  });
});

describe('a time limit', () => {
  it('ends a cooperative run as timeout and leaves the process alive', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'pid']);
    const pid = await resultOf(runOn(host, 'pid'));
    const outcome = await runOn(host, 'sleep', { ms: 60_000 }, { timeoutMs: 200 });
    expect(outcome).toMatchObject({ ok: false, error: { class: 'timeout', code: 'timeout' } });
    expect(outcome.ok || outcome.error.message).toContain('200 ms');
    expect(outcome.durationMs).toBeGreaterThanOrEqual(199);
    expect(await resultOf(runOn(host, 'pid'))).toBe(pid);
  });

  it('ends a run that hangs, with its process', async () => {
    const host = await openHost('hangs.mjs', ['hang', 'quick']);
    expect(await endOf(runOn(host, 'hang', {}, { timeoutMs: 100 }))).toBe('timeout/timeout');
    await until(
      'another process stands ready',
      () => host.health().processes === 1 && listProcesses().length === 1,
    );
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
    expect(host.health()).toMatchObject({ starts: 2, crashes: 0 });
  });

  it('counts from the moment a process takes the run up', async () => {
    const host = await openHost('normal.mjs', ['sleep']);
    const runs = Array.from({ length: 4 }, () => runOn(host, 'sleep', { ms: 150 }, { timeoutMs: 400 }));
    expect(await Promise.all(runs.map(endOf))).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('comes from the request, else the algorithm, else the pool', async () => {
    const host = await openHost('normal.mjs', [], {
      algorithms: [{ name: 'sleep', limits: { timeoutMs: 150 } }, { name: 'forever' }],
      pool: { defaultTimeoutMs: 250 },
    });
    expect(await endOf(runOn(host, 'sleep', { ms: 400 }, { timeoutMs: 5000 }))).toBe('ok');
    expect((await runOn(host, 'sleep', { ms: 400 })).durationMs).toBeLessThan(240);
    expect((await runOn(host, 'forever')).durationMs).toBeGreaterThanOrEqual(249);
  });
});
