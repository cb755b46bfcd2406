import { describe, expect, it } from 'vitest';
import { createProjectHost, defaultPoolOptions } from '../../src/host/index.js';
import { describeFixture, openHost, resultOf, runOn } from './host-fixture.js';

describe('createProjectHost', () => {
  const described = describeFixture('normal.mjs', [{ name: 'echo' }]);

  it('names a command that is not installed', async () => {
    const launch = { ...described.launch, command: 'no-such-interpreter' };
    const start = createProjectHost({
      described: { ...described, launch },
      env: { PATH: process.env.PATH ?? '' },
    });
    await expect(start).rejects.toMatchObject({ code: 'interpreter_missing' });
    await expect(start).rejects.toThrow('no-such-interpreter is not installed');
  });

  it('tells a missing folder from a missing command', async () => {
    const launch = { ...described.launch, cwd: '/nowhere/at/all' };
    const start = createProjectHost({ described: { ...described, launch }, env: {} });
    await expect(start).rejects.toMatchObject({ code: 'project_setup_failed' });
    await expect(start).rejects.toThrow('/nowhere/at/all is not there');
  });

  it('refuses arguments that no command line can hold', async () => {
    const launch = { ...described.launch, args: ['a\0b'] };
    const start = createProjectHost({ described: { ...described, launch }, env: {} });
    await expect(start).rejects.toMatchObject({ code: 'project_setup_failed' });
  });

  it.each([
    [{ maxProcesess: 3 }, 'pool.maxProcesess is no setting; did you mean "maxProcesses"?'],
    [{ maxProcesses: 0 }, 'pool.maxProcesses: expected a number from 1 up, got 0'],
    [{ maxWaiting: Number.NaN }, 'pool.maxWaiting: expected a number from 1 up, got NaN'],
  ])('refuses the pool setting %j', async (pool, message) => {
    const start = createProjectHost({ described, pool: pool as object, env: {} });
    await expect(start).rejects.toMatchObject({ code: 'invalid_config', message });
  });

  it('takes limits from the description, over them from the child, over them from the owner', async () => {
    const ready = {
      algorithms: [
        { name: 'echo', limits: { timeoutMs: 2, maxAttempts: 2 } },
        { name: 'pid', mode: 'unary', input: { type: 'object' }, limits: {} },
        { name: 'nameOnly' },
      ],
    };
    const host = await openHost('normal.mjs', [], {
      algorithms: [
        { name: 'echo', limits: { timeoutMs: 1, maxAttempts: 1, backoffMs: 1, batch: { maxSize: 1 } } },
      ],
      env: { READY: JSON.stringify(ready) },
      defaultLimits: { echo: { timeoutMs: 3000, batch: { maxWaitMs: 3 } } },
    });
    expect(host.algorithms.map(({ name }) => name)).toEqual(['echo', 'pid']);
    expect(host.algorithms[0]?.limits).toEqual({
      timeoutMs: 3000,
      maxAttempts: 2,
      backoffMs: 1,
      batch: { maxSize: 1, maxWaitMs: 3 },
    });
    expect(await resultOf(runOn(host, 'pid'))).toBeTypeOf('number');
  });

  it('has a default for every pool setting', () => {
    expect(Object.values(defaultPoolOptions).every((value) => Number.isFinite(value))).toBe(true);
  });
});
