import { describe, expect, it } from 'vitest';
import { describeFixture, endOf, listProcesses, openHost, resultOf, runOn, until } from './host-fixture.js';

describe('replace', () => {
  it('sends new runs to the new code, and lets running ones end where they are', async () => {
    const host = await openHost('hangs.mjs', ['quick', 'hang']);
    const old = await openHost('normal.mjs', ['sleep', 'pid'], { pool: { maxProcesses: 2 } });
    const long = runOn(old, 'sleep', { ms: 800 });
    const oldPid = await resultOf(runOn(old, 'pid'));
    await old.replace(describeFixture('normal.mjs', [{ name: 'pid' }]));
    expect(old.algorithms.map(({ name }) => name)).toEqual(['pid']);
    expect(await resultOf(runOn(old, 'pid'))).not.toBe(oldPid);
    expect(await endOf(runOn(old, 'sleep', { ms: 0 }))).toBe('busy/unknown_algorithm');
    expect(await resultOf(long)).toBeTypeOf('number');
    await until('the old processes have ended', () => old.health().processes === 1);
    expect(old.health().crashes).toBe(0);
    await host.close();
  });

  it('drops no run under load', async () => {
    const host = await openHost('normal.mjs', ['echo'], { pool: { maxProcesses: 2 } });
    let isOver = false;
    let count = 0;
    const caller = async (): Promise<void> => {
      while (!isOver) {
        expect(await endOf(runOn(host, 'echo'))).toBe('ok');
        count += 1;
      }
    };
    const callers = Promise.all([1, 2, 3, 4, 5, 6].map(caller));
    for (let turn = 0; turn < 3; turn += 1) {
      const before = count;
      await host.replace(describeFixture('normal.mjs', [{ name: 'echo' }]));
      await until('runs go on', () => count > before + 50);
    }
    isOver = true;
    await callers;
    expect(host.health().crashes).toBe(0);
  });

  it('changes nothing when the new code does not come up', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    const broken = describeFixture('exits-at-start.mjs', [{ name: 'other' }]);
    await expect(host.replace(broken)).rejects.toMatchObject({ code: 'project_setup_failed' });
    expect(host.algorithms.map(({ name }) => name)).toEqual(['echo']);
    expect(await resultOf(runOn(host, 'echo', { a: 1 }))).toEqual({ a: 1 });
    expect(host.health()).toMatchObject({ state: 'ready', processes: 1 });
  });

  it('heals a crash loop', async () => {
    const pool = { crashLoopThreshold: 1, respawnBackoffMs: 30_000, maxRespawnBackoffMs: 30_000 };
    const host = await openHost('dies.mjs', ['die'], { pool });
    await runOn(host, 'die');
    await runOn(host, 'die');
    await until('it is a crash loop', async () => {
      await runOn(host, 'die');
      return host.health().state === 'crash_loop';
    });
    await host.replace(describeFixture('normal.mjs', [{ name: 'echo' }]));
    expect(host.health().state).toBe('ready');
    expect(await endOf(runOn(host, 'echo'))).toBe('ok');
  });

  it('checks the runs that wait against the new schemas', async () => {
    const host = await openHost('normal.mjs', ['block', 'sleep', 'echo']);
    const long = runOn(host, 'block', { ms: 1000 });
    await until('it runs', () => host.health().running === 1);
    const gone = runOn(host, 'block', { ms: 1 });
    const wrong = runOn(host, 'block', { ms: 'text' });
    const input = { type: 'object', properties: { ms: { type: 'integer' } } };
    await host.replace(describeFixture('normal.mjs', [{ name: 'block', input }, { name: 'echo' }]));
    expect(await endOf(gone)).toBe('ok');
    expect(await endOf(wrong)).toBe('invalid/invalid_input');
    expect(await endOf(long)).toBe('ok');
  });

  it('twice at once leaves the last one live', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    await Promise.all([
      host.replace(describeFixture('normal.mjs', [{ name: 'pid' }])),
      host.replace(describeFixture('normal.mjs', [{ name: 'sleep' }])),
    ]);
    expect(host.algorithms.map(({ name }) => name)).toEqual(['sleep']);
    await until(
      'only its process is left',
      () => host.health().processes === 1 && listProcesses().length === 1,
    );
  });

  it('is refused by a host that drains or is closed meanwhile', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    const replacing = host.replace(describeFixture('never-ready.mjs', [{ name: 'echo' }]));
    const refusal = expect(replacing).rejects.toMatchObject({ code: 'draining' });
    await until('its process has started', () => listProcesses().length === 2);
    await host.close();
    await refusal;
    await expect(host.replace(describeFixture('normal.mjs', []))).rejects.toMatchObject({ code: 'draining' });
  });
});
