import { describe, expect, it } from 'vitest';
import { runChild } from '../../src/langpack/run-child.js';

const base = { command: '/bin/sh', cwd: '/', env: {}, timeoutMs: 20_000 };
const sh = (script: string): string[] => ['-c', script];

describe('a short-lived child', () => {
  it('gives its answer, apart from what it prints', async () => {
    const lines: string[] = [];
    const script = 'echo one; echo two >&2; printf three; echo answer >&3; exit 4';
    const end = await runChild({ ...base, args: sh(script), onLine: (line) => lines.push(line) });
    expect(end).toMatchObject({ code: 4, signal: null, timedOut: false, answer: 'answer\n' });
    expect(lines.sort()).toEqual(['one', 'three', 'two']);
  });

  it('is killed after its time, with everything it started', async () => {
    const startedAt = performance.now();
    const end = await runChild({ ...base, args: sh('sleep 60 & trap "" TERM; sleep 60'), timeoutMs: 200 });
    expect(end).toMatchObject({ signal: 'SIGKILL', timedOut: true });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('does not wait for a grandchild that holds its pipes open', async () => {
    const startedAt = performance.now();
    const end = await runChild({ ...base, args: sh('setsid sleep 20 & exit 0') });
    expect(end.code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('that floods keeps only the end of its output, and is ended when its answer is too long', async () => {
    const flood = await runChild({ ...base, args: sh('seq 200000; echo end') });
    expect(flood.output.length).toBeLessThan(10_000);
    expect(flood.output).toMatch(/200000\nend$/);
    const long = await runChild({
      ...base,
      args: sh('while :; do echo 0123456789 >&3; done'),
      maxAnswerBytes: 10_000,
    });
    expect(long.signal).toBe('SIGKILL');
    expect(long.answer.length).toBeLessThanOrEqual(10_000);
  });

  it('that cannot be started says why', async () => {
    const end = await runChild({ ...base, command: '/no/such/program', args: [] });
    expect(end).toMatchObject({ code: null, error: { code: 'ENOENT' } });
    const elsewhere = await runChild({ ...base, cwd: '/no/such/folder', args: sh('true') });
    expect(elsewhere.error).toBeDefined();
  });

  it('ends with the signal’s reason when that aborts', async () => {
    const controller = new AbortController();
    const running = runChild({
      ...base,
      args: sh('echo on; sleep 60'),
      signal: controller.signal,
      onLine: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    await expect(runChild({ ...base, args: sh('true'), signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });
});
