import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder, endOf, listProcesses, openHost, resultOf, runOn, until } from './host-fixture.js';

/** Memory and processor time the parent spent while something ran. */
async function watch(action: () => Promise<unknown>): Promise<{ grownBytes: number; cpuMs: number }> {
  const before = process.memoryUsage.rss();
  const cpuBefore = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { grownBytes: process.memoryUsage.rss() - before, cpuMs: (user + system) / 1000 };
}

const MB = 1024 * 1024;

describe('a child that floods', () => {
  it.each([1, 2])(
    'descriptor %i with lines costs neither memory nor time, and its run ends well',
    async (fd) => {
      const host = await openHost('floods-lines.mjs', ['flood', 'quick']);
      const startedAt = performance.now();
      const { grownBytes, cpuMs } = await watch(async () => {
        const { ok, logs } = await runOn(host, 'flood', { megabytes: 24, fd });
        expect(ok).toBe(true);
        expect(logs).toHaveLength(200);
        expect(logs.at(-1)?.line).toBe('y');
      });
      expect(grownBytes).toBeLessThan(80 * MB);
      // Twelve million lines, each of which would cost more than 200 ns to keep.
      expect(cpuMs).toBeLessThan(1500);
      // Ten megabytes a second are read, and no more.
      expect(performance.now() - startedAt).toBeGreaterThan(1800);
      expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
    },
  );

  it('lets other projects run meanwhile', async () => {
    const flooding = await openHost('floods-lines.mjs', ['flood']);
    const calm = await openHost('normal.mjs', ['echo']);
    let isFlooding = true;
    const flood = runOn(flooding, 'flood', { megabytes: 20, fd: 1 }).finally(() => (isFlooding = false));
    const times: number[] = [];
    while (isFlooding) {
      const before = performance.now();
      await runOn(calm, 'echo');
      times.push(performance.now() - before);
    }
    expect((await flood).ok).toBe(true);
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(50);
  });

  it.each([1, 2])('descriptor %i without a newline has its line cut', async (fd) => {
    const host = await openHost('floods-without-newline.mjs', ['flood']);
    const { grownBytes } = await watch(async () => {
      const { ok, logs } = await runOn(host, 'flood', { megabytes: 6, fd });
      expect(ok).toBe(true);
      expect(logs.map(({ line }) => line.length)).toEqual([4001, 'last line'.length]);
    });
    expect(grownBytes).toBeLessThan(80 * MB);
  });

  it('before it is ready becomes ready all the same', async () => {
    const host = await openHost('floods-before-ready.mjs', ['quick']);
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('its answer pipe with events is read slowly and can be cancelled', async () => {
    const host = await openHost('floods-progress.mjs', ['flood']);
    const abort = new AbortController();
    let events = 0;
    const startedAt = performance.now();
    const run = runOn(host, 'flood', {}, { signal: abort.signal, onEvent: () => (events += 1) });
    await until('events come', () => events > 20_000);
    abort.abort();
    expect(await endOf(run)).toBe('cancelled/cancelled');
    // 2000 in 100 ms, and beyond it what one read of a full pipe holds; unbounded, it is many hundreds in 1 ms.
    expect(events / (performance.now() - startedAt)).toBeLessThan(150);
  });
});

describe('a child that breaks the protocol', () => {
  it('by half a line and an exit ends its run with protocol_error', async () => {
    const host = await openHost('half-a-line.mjs', ['half']);
    const outcome = await runOn(host, 'half');
    expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'protocol_error' } });
    expect(outcome.ok || outcome.error.message).toContain('exited with code 0 in the middle of an answer');
  });

  it.each(['no json', 'null', '[1,2]', '5', '"text"', '{"result":1}', '{"id":"ID"}', '{"id":{},"result":1}'])(
    'by the answer %s is replaced',
    async (text) => {
      const host = await openHost('garbage.mjs', ['garbage', 'quick']);
      const outcome = await runOn(host, 'garbage', { text });
      expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'protocol_error' } });
      expect(outcome.ok || outcome.error.message).toContain(text.replace('ID', '').slice(0, 6));
      expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
      expect(host.health()).toMatchObject({ starts: 2, crashes: 1 });
    },
  );

  it('by an answer over the limit is replaced', async () => {
    const host = await openHost('normal.mjs', ['big', 'echo'], { pool: { maxAnswerBytes: 2 * MB } });
    expect(await resultOf(runOn(host, 'big', { megabytes: 1 }))).toHaveLength(MB);
    const { grownBytes } = await watch(async () => {
      const outcome = await runOn(host, 'big', { megabytes: 100 });
      expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'protocol_error' } });
      expect(outcome.ok || outcome.error.message).toContain(`over the limit of ${2 * MB} bytes`);
    });
    expect(grownBytes).toBeLessThan(50 * MB);
    expect(await resultOf(runOn(host, 'echo', { a: 1 }))).toEqual({ a: 1 });
  });

  it('by closing its answer pipe is replaced', async () => {
    const host = await openHost('closes-answers.mjs', ['close', 'quick']);
    const outcome = await runOn(host, 'close');
    expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'protocol_error' } });
    expect(outcome.ok || outcome.error.message).toContain('closed its answer pipe');
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('by closing its input is ended', async () => {
    const host = await openHost('closes-input.mjs', ['anything']);
    const outcome = await runOn(host, 'anything');
    expect(outcome).toMatchObject({ error: { class: 'crashed', code: 'protocol_error' } });
    expect(outcome.ok || outcome.error.message).toContain('closed its input');
  });

  it('by answering twice, or nobody, disturbs no other run', async () => {
    const host = await openHost('answers-twice.mjs', ['twice']);
    const values = Array.from({ length: 50 }, (_, index) => index);
    const results = await Promise.all(values.map((value) => resultOf(runOn(host, 'twice', { value }))));
    expect(results).toEqual(values);
    expect(host.health()).toMatchObject({ crashes: 0, running: 0, starts: 1 });
  });
});

describe('a child that dies', () => {
  it('during a run ends it as crashed, with code and last words, and another takes over', async () => {
    const host = await openHost('dies.mjs', ['die', 'quick']);
    const outcome = await runOn(host, 'die');
    expect(outcome).toMatchObject({ ok: false, error: { class: 'crashed', code: 'process_died' } });
    expect(outcome.ok || outcome.error.message).toContain('exited with code 9');
    expect(outcome.logs.map(({ line }) => line)).toEqual(['about to die']);
    expect(await resultOf(runOn(host, 'quick'))).toBe('quick');
  });

  it('by a signal is named with it', async () => {
    const host = await openHost('normal.mjs', ['pid', 'sleep']);
    const pid = (await resultOf(runOn(host, 'pid'))) as number;
    const run = runOn(host, 'sleep', { ms: 60_000 });
    await until('it runs', () => host.health().running === 1);
    process.kill(pid, 'SIGKILL');
    const outcome = await run;
    expect(outcome.ok || outcome.error.message).toContain('was killed by SIGKILL');
  });

  it('without reading fifty megabytes of input hurts nobody', async () => {
    const exitFile = join(createFolder(), 'exit');
    const host = await openHost('exits-unread.mjs', ['anything'], { env: { EXIT_FILE: exitFile } });
    const run = runOn(host, 'anything', { text: 'x'.repeat(50 * MB) });
    writeFileSync(exitFile, '');
    expect(await endOf(run)).toBe('crashed/process_died');
    expect(existsSync(exitFile)).toBe(true);
  });

  it('and leaves a grandchild that holds its streams takes that with it', async () => {
    const host = await openHost('leaves-grandchild.mjs', ['leave']);
    const run = runOn(host, 'leave', { detached: false });
    await until('the grandchild lives', () => listProcesses().length === 2);
    expect(await endOf(run)).toBe('crashed/process_died');
    await host.close();
    await until('both are gone', () => listProcesses().length === 0, 2000);
  });

  it('and leaves a grandchild in a session of its own keeps nobody waiting', async () => {
    const host = await openHost('leaves-grandchild.mjs', ['leave']);
    const before = performance.now();
    expect(await endOf(runOn(host, 'leave', { detached: true }))).toBe('crashed/process_died');
    await host.close();
    expect(performance.now() - before).toBeLessThan(3000);
    for (const pid of listProcesses()) process.kill(pid, 'SIGKILL');
  });

  it('when it is told to, takes its living grandchildren along', async () => {
    const host = await openHost('leaves-grandchild.mjs', ['leaveAndAnswer']);
    expect(await resultOf(runOn(host, 'leaveAndAnswer'))).toBe('ok');
    await until('the grandchild lives', () => listProcesses().length === 2);
    await host.close();
    await until('both are gone', () => listProcesses().length === 0, 2000);
  });
});

describe('a child that reads slowly', () => {
  it('gets everything in the end, and the parent holds no more than was sent', async () => {
    const host = await openHost('slow-reader.mjs', ['length']);
    const texts = Array.from({ length: 20 }, (_, index) => 'x'.repeat(MB + index));
    const lengths = await Promise.all(texts.map((text) => resultOf(runOn(host, 'length', { text }))));
    expect(lengths).toEqual(texts.map((text) => text.length));
  });
});

describe('a child that does not come up', () => {
  it('because it exits is reported with what it printed', async () => {
    const start = openHost('exits-at-start.mjs', ['x']);
    await expect(start).rejects.toMatchObject({ code: 'project_setup_failed' });
    await expect(start).rejects.toThrow(
      /exited with code 3 before it was ready:\n.*ModelError: weights.bin is missing/s,
    );
  });

  it('in time is ended', async () => {
    const start = openHost('never-ready.mjs', ['x'], { pool: { readyTimeoutMs: 300 } });
    await expect(start).rejects.toMatchObject({ code: 'ready_timeout' });
    await until('it is gone', () => listProcesses().length === 0, 2000);
  });

  it('because it says ready in another way is ended', async () => {
    const start = openHost('wrong-ready.mjs', ['x']);
    await expect(start).rejects.toMatchObject({ code: 'project_setup_failed' });
    await expect(start).rejects.toThrow('PIPE_INIT_COMPLETE and then nothing');
    await until('it is gone', () => listProcesses().length === 0, 2000);
  });
});
