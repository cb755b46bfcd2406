import { describe, expect, it } from 'vitest';
import type { ProjectHost } from '../../src/host/index.js';
import { endOf, openHost, resultOf, runOn, until } from './host-fixture.js';

/** Short runs, several at a time, until the host knows that they are short. */
async function warm(host: ProjectHost, algorithm: string, args: Record<string, unknown> = {}): Promise<void> {
  await until('the algorithm counts as short', async () => {
    await Promise.all(Array.from({ length: 16 }, () => runOn(host, algorithm, args)));
    return host.capacity(algorithm) >= 8;
  });
}

/** Waits until two processes answer. */
async function awaitTwo(
  host: ProjectHost,
  algorithm: string,
  args: Record<string, unknown> = {},
): Promise<void> {
  await until('two processes answer', async () => {
    const pids = await Promise.all([1, 2].map(() => resultOf(runOn(host, algorithm, args))));
    return new Set(pids).size === 2;
  });
}

describe('short runs', () => {
  it('are sent ahead to a busy process, which raises the capacity', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    expect(host.capacity('echo')).toBe(1);
    await warm(host, 'echo');
    const runs = Array.from({ length: 20 }, (_, index) => resultOf(runOn(host, 'echo', { index })));
    expect(host.health().running).toBeGreaterThan(4);
    expect(await Promise.all(runs)).toEqual(Array.from({ length: 20 }, (_, index) => ({ index })));
  });

  it('are sent to a free process first', async () => {
    const host = await openHost('normal.mjs', ['pid'], { pool: { minProcesses: 2, maxProcesses: 2 } });
    await awaitTwo(host, 'pid');
    await warm(host, 'pid');
    const pids = await Promise.all([resultOf(runOn(host, 'pid')), resultOf(runOn(host, 'pid'))]);
    expect(new Set(pids).size).toBe(2);
  });

  it('are not sent behind a long one, nor behind another algorithm', async () => {
    const host = await openHost('normal.mjs', ['echo', 'sleep'], { pool: { maxProcesses: 1 } });
    await warm(host, 'echo');
    const long = runOn(host, 'sleep', { ms: 500 });
    const short = runOn(host, 'echo');
    expect(host.health()).toMatchObject({ running: 1, waiting: 1 });
    await short;
    await long;
  });

  it('that turn out long lose their places ahead', async () => {
    const host = await openHost('normal.mjs', ['sleep']);
    await warm(host, 'sleep', { ms: 0 });
    expect(host.capacity('sleep')).toBeGreaterThan(4);
    for (let count = 0; count < 8; count += 1) await runOn(host, 'sleep', { ms: 30 });
    await until('the depth is gone', async () => {
      await runOn(host, 'sleep', { ms: 30 });
      return host.capacity('sleep') === 1;
    });
  });

  it('of an algorithm that prints are sent one by one', async () => {
    const host = await openHost('normal.mjs', ['print']);
    await warm(host, 'print');
    await runOn(host, 'print', { lines: ['x'] });
    expect(host.capacity('print')).toBe(1);
    await until('it was quiet long enough', async () => {
      await runOn(host, 'print');
      return host.capacity('print') > 1;
    });
  });
});

describe('runs behind one that hangs', () => {
  it('are asked back and run elsewhere, once each', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { pool: { minProcesses: 2, maxProcesses: 2 } });
    await awaitTwo(host, 'sleep', { ms: 0 });
    await warm(host, 'sleep', { ms: 0 });
    // Both processes get a head that sleeps, with short ones right behind.
    const heads = [10_000, 600].map((ms) => runOn(host, 'sleep', { ms }, { timeoutMs: 20_000 }));
    const behind = Array.from({ length: 6 }, () => runOn(host, 'sleep', { ms: 0 }));
    expect(host.health().running).toBe(8);
    const before = performance.now();
    expect((await Promise.all(behind)).every(({ ok }) => ok)).toBe(true);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(host.health()).toMatchObject({ running: 1, waiting: 0, starts: 2 });
    expect((await heads[1])?.ok).toBe(true);
  });

  it('keep their results when the child ran them all the same', async () => {
    const host = await openHost('normal.mjs', ['block'], { pool: { minProcesses: 1, maxProcesses: 1 } });
    await warm(host, 'block', { ms: 0 });
    // A blocked child reads the requests and the question for them back only later, in that order.
    const head = runOn(host, 'block', { ms: 500 });
    const behind = Array.from({ length: 5 }, () => resultOf(runOn(host, 'block', { ms: 0 })));
    await resultOf(head);
    expect(new Set(await Promise.all(behind)).size).toBe(1);
    expect(host.health()).toMatchObject({ starts: 1, crashes: 0 });
  });
});

describe('runs behind one that kills the process', () => {
  it('run in the next process; only the killer fails', async () => {
    const host = await openHost('normal.mjs', ['mayDie'], {
      pool: { maxProcesses: 1, respawnBackoffMs: 10 },
    });
    await warm(host, 'mayDie');
    const runs = Array.from({ length: 8 }, (_, index) => runOn(host, 'mayDie', { die: index === 2 }));
    expect(host.health().running).toBe(8);
    const ends = await Promise.all(runs.map(endOf));
    expect(ends).toEqual(ends.map((_, index) => (index === 2 ? 'crashed/process_died' : 'ok')));
    expect(host.health()).toMatchObject({ starts: 2, crashes: 1 });
  });

  it('are sent alone from then on, so that the next death names the killer', async () => {
    const host = await openHost('answers-late.mjs', ['mayDie'], { pool: { respawnBackoffMs: 10 } });
    await warm(host, 'mayDie');
    const runs = Array.from({ length: 8 }, (_, index) => runOn(host, 'mayDie', { die: index === 4 }));
    expect(host.health().running).toBe(8);
    const ends = await Promise.all(runs.map(endOf));
    // The first of them looked as if it was running when the process died.
    const died = 'crashed/process_died';
    expect(ends).toEqual([died, 'ok', 'ok', 'ok', died, 'ok', 'ok', 'ok']);
    expect(host.health().crashes).toBe(2);
  });

  it('and themselves are blamed in the end, when they are the killers', async () => {
    const host = await openHost('normal.mjs', ['mayDie'], {
      pool: { respawnBackoffMs: 10, crashLoopThreshold: 100 },
    });
    await warm(host, 'mayDie');
    const runs = Array.from({ length: 6 }, () => runOn(host, 'mayDie', { die: true }));
    expect(new Set(await Promise.all(runs.map(endOf)))).toEqual(new Set(['crashed/process_died']));
    expect(await endOf(runOn(host, 'mayDie'))).toBe('ok');
  });
});
