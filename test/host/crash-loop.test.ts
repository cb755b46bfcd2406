import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder, endOf, openHost, resultOf, runOn, until } from './host-fixture.js';

const IMPATIENT = { crashLoopThreshold: 3, respawnBackoffMs: 100, maxRespawnBackoffMs: 400 };

describe('processes that keep dying', () => {
  it('at start are a crash loop: runs are refused at once, and it heals by itself', async () => {
    const file = join(createFolder(), 'broken');
    const host = await openHost('dies.mjs', ['die', 'quick'], {
      env: { BROKEN_FILE: file },
      pool: IMPATIENT,
    });
    writeFileSync(file, '');
    expect(await endOf(runOn(host, 'die'))).toBe('crashed/process_died');
    const waiting = runOn(host, 'quick');
    await until('it is a crash loop', () => host.health().state === 'crash_loop');
    expect(await endOf(waiting)).toBe('busy/crash_loop');
    const before = performance.now();
    const refused = await runOn(host, 'quick');
    expect(performance.now() - before).toBeLessThan(100);
    expect(refused).toMatchObject({ error: { class: 'busy', code: 'crash_loop' } });
    expect(refused.ok || refused.error.retryAfterMs).toBeGreaterThan(0);
    expect(refused.ok || refused.error.message).toContain('broken on purpose');
    expect(host.health().lastError).toContain('exited with code 4 before it was ready');
    rmSync(file);
    await until('it has healed', () => host.health().state === 'ready');
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('are started with growing waits', async () => {
    const file = join(createFolder(), 'broken');
    const host = await openHost('dies.mjs', ['die'], { env: { BROKEN_FILE: file }, pool: IMPATIENT });
    writeFileSync(file, '');
    await runOn(host, 'die');
    const startsAfter = async (ms: number): Promise<number> => {
      const before = host.health().starts;
      await new Promise((resolve) => setTimeout(resolve, ms));
      return host.health().starts - before;
    };
    void runOn(host, 'die');
    await until('it is a crash loop', () => host.health().state === 'crash_loop');
    // Waits of 200 to 400 ms by then, where without them there would be a start every 50 ms.
    expect(await startsAfter(1500)).toBeLessThanOrEqual(8);
    expect(host.health().starts).toBeGreaterThan(4);
  });

  it('at every run are a crash loop between the starts', async () => {
    const host = await openHost('dies.mjs', ['die', 'quick'], { pool: IMPATIENT });
    const ends = new Set<string>();
    await until('a run is refused', async () =>
      ends.add(await endOf(runOn(host, 'die'))).has('busy/crash_loop'),
    );
    expect(ends).toEqual(new Set(['crashed/process_died', 'busy/crash_loop']));
    await until('a process is there again', () => host.health().state === 'ready');
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('are no crash loop any more when one has come up, even if it then idles away', async () => {
    const host = await openHost('dies.mjs', ['die', 'quick'], { pool: { ...IMPATIENT, idleTimeoutMs: 300 } });
    await until('a run is refused', async () => (await endOf(runOn(host, 'die'))) === 'busy/crash_loop');
    await until('a process is there again', () => host.health().state === 'ready');
    await until('it has idled away', () => host.health().processes === 0);
    expect(host.health().state).toBe('ready');
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('now and then, with good answers between, are none', async () => {
    const host = await openHost('dies.mjs', ['die', 'quick'], { pool: IMPATIENT });
    for (let count = 0; count < 5; count += 1) {
      expect(await endOf(runOn(host, 'die'))).toBe('crashed/process_died');
      expect(await endOf(runOn(host, 'quick'))).toBe('ok');
    }
    expect(host.health()).toMatchObject({ state: 'ready', crashes: 5 });
  });

  it('tell listeners when health changes', async () => {
    const host = await openHost('dies.mjs', ['die'], { pool: IMPATIENT });
    const states = new Set<string>();
    host.onChange(() => states.add(host.health().state));
    for (let count = 0; count < 6; count += 1) await runOn(host, 'die');
    await until('both were announced', () => states.has('crash_loop') && states.has('ready'));
  });
});
