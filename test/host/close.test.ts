import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder, endOf, listProcesses, openHost, runOn, until } from './host-fixture.js';

describe('drain', () => {
  it('refuses new runs and resolves when the last one has ended', async () => {
    const host = await openHost('normal.mjs', ['sleep', 'echo']);
    const running = runOn(host, 'sleep', { ms: 300 });
    const waiting = runOn(host, 'sleep', { ms: 100 });
    let isDrained = false;
    const drained = host.drain().then(() => (isDrained = true));
    expect(await endOf(runOn(host, 'echo'))).toBe('busy/draining');
    expect(isDrained).toBe(false);
    expect(await endOf(running)).toBe('ok');
    expect(isDrained).toBe(false);
    expect(await endOf(waiting)).toBe('ok');
    await drained;
  });

  it('with nothing running resolves at once', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    await runOn(host, 'echo');
    await host.drain();
  });

  it('gives up when its signal is aborted', async () => {
    const host = await openHost('normal.mjs', ['sleep']);
    const run = runOn(host, 'sleep', { ms: 60_000 });
    await host.drain(AbortSignal.timeout(100));
    await host.close();
    expect(await endOf(run)).toBe('busy/draining');
  });
});

describe('close', () => {
  it('lets a process tear down', async () => {
    const file = join(createFolder(), 'teardown');
    const host = await openHost('tears-down.mjs', ['quick'], { env: { TEARDOWN_FILE: file } });
    await runOn(host, 'quick');
    await host.close();
    expect(readFileSync(file, 'utf8')).toBe('torn down\n');
    expect(host.health()).toMatchObject({ state: 'stopped', processes: 0, crashes: 0 });
  });

  it('ends a process that ignores the end of its input and SIGTERM', async () => {
    const host = await openHost('ignores-eof.mjs', ['quick']);
    expect(await endOf(runOn(host, 'quick'))).toBe('ok');
    await host.close();
    await until('it has gone', () => listProcesses().length === 0, 2000);
  });

  it('gives running and waiting runs back as busy, so that they run elsewhere', async () => {
    const host = await openHost('hangs.mjs', ['hang', 'quick']);
    const running = runOn(host, 'hang');
    const waiting = runOn(host, 'hang');
    await until('it runs', () => host.health().running === 1);
    await host.close();
    expect(await endOf(running)).toBe('busy/draining');
    expect(await endOf(waiting)).toBe('busy/draining');
    expect(await endOf(runOn(host, 'quick'))).toBe('busy/draining');
  });

  it('may be called again and resolves the same', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    await Promise.all([host.close(), host.close()]);
    await host.close();
  });

  it('while a process starts ends that one too', async () => {
    const host = await openHost('normal.mjs', ['sleep'], { pool: { maxProcesses: 3 } });
    const runs = Array.from({ length: 3 }, () => runOn(host, 'sleep', { ms: 60_000 }));
    await host.close();
    expect(new Set(await Promise.all(runs.map(endOf)))).toEqual(new Set(['busy/draining']));
    await until('all have gone', () => listProcesses().length === 0, 2000);
  });
});
