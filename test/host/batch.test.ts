import { describe, expect, it } from 'vitest';
import type { BatchLimits, RunOutcome } from '../../src/protocol/index.js';
import type { ProjectHost } from '../../src/host/index.js';
import { endOf, openHost, resultOf, runOn, until } from './host-fixture.js';

function openBatchHost(batch: BatchLimits = {}, pool = {}): Promise<ProjectHost> {
  const names = ['batch', 'short', 'single'];
  return openHost('batches.mjs', [], {
    algorithms: names.map((name) => ({ name, mode: 'batch', limits: { batch } })),
    pool: { respawnBackoffMs: 10, ...pool },
  });
}

function together(outcome: RunOutcome): number {
  return outcome.ok ? (JSON.parse(outcome.resultJson) as { together: number }).together : 0;
}

describe('dynamic batching', () => {
  it('feeds runs of one moment to the function together, each with its own result', async () => {
    const host = await openBatchHost({ maxWaitMs: 20 });
    const results = await Promise.all([1, 2, 3].map((value) => resultOf(runOn(host, 'batch', { value }))));
    expect(results).toEqual([1, 2, 3].map((value) => ({ value, together: 3 })));
  });

  it('sends what it has after the longest wait', async () => {
    const host = await openBatchHost({ maxWaitMs: 100 });
    await runOn(host, 'batch', { value: 0 });
    const before = performance.now();
    expect(together(await runOn(host, 'batch', { value: 1 }))).toBe(1);
    expect(performance.now() - before).toBeGreaterThanOrEqual(95);
  });

  it('keeps to the largest size and does not wait when it is reached', async () => {
    const host = await openBatchHost({ maxSize: 4, maxWaitMs: 5000 });
    const before = performance.now();
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, value) => runOn(host, 'batch', { value })),
    );
    expect(outcomes.map(together)).toEqual(Array.from({ length: 8 }, () => 4));
    expect(performance.now() - before).toBeLessThan(4000);
  });

  it('keeps to the largest number of bytes', async () => {
    const host = await openBatchHost({ maxBytes: 1000, maxWaitMs: 50 });
    const value = 'x'.repeat(400);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => runOn(host, 'batch', { value })));
    expect(outcomes.map(together)).toEqual([2, 2, 2, 2]);
    expect(together(await runOn(host, 'batch', { value: 'x'.repeat(5000) }))).toBe(1);
  });

  it('goes on collecting while no process is free', async () => {
    const host = await openBatchHost({ maxSize: 8, maxWaitMs: 1 });
    const slow = runOn(host, 'batch', { value: 'slow' });
    await until('it runs', () => host.health().running === 1);
    const others = [];
    for (let value = 0; value < 5; value += 1) {
      others.push(runOn(host, 'batch', { value }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect((await slow).ok).toBe(true);
    expect((await Promise.all(others)).map(together)).toEqual([5, 5, 5, 5, 5]);
  });

  it('gives one bad input its own error', async () => {
    const host = await openBatchHost({ maxWaitMs: 20 });
    const ends = await Promise.all(['a', 'bad', 'b'].map((value) => endOf(runOn(host, 'batch', { value }))));
    expect(ends).toEqual(['ok', 'invalid/input_refused', 'ok']);
  });

  it.each(['short', 'single'])('ends all as invalid_output after the answer of %s', async (algorithm) => {
    const host = await openBatchHost({ maxWaitMs: 20 });
    const ends = await Promise.all([1, 2].map((value) => endOf(runOn(host, algorithm, { value }))));
    expect(ends).toEqual(['failed/invalid_output', 'failed/invalid_output']);
    expect(host.health().starts).toBe(1);
  });

  it('leaves a run out that was cancelled before it was sent', async () => {
    const host = await openBatchHost({ maxWaitMs: 100 });
    const abort = new AbortController();
    const kept = runOn(host, 'batch', { value: 1 });
    const cancelled = runOn(host, 'batch', { value: 2 }, { signal: abort.signal });
    abort.abort();
    expect(await endOf(cancelled)).toBe('cancelled/cancelled');
    expect(together(await kept)).toBe(1);
  });

  it('lets the others end when one is cancelled in the process', async () => {
    const host = await openBatchHost({ maxWaitMs: 10 });
    const abort = new AbortController();
    const kept = runOn(host, 'batch', { value: 'slow' });
    const cancelled = runOn(host, 'batch', { value: 2 }, { signal: abort.signal });
    await until('they run', () => host.health().running === 2);
    abort.abort();
    expect(await endOf(cancelled)).toBe('cancelled/cancelled');
    expect(together(await kept)).toBe(2);
  });

  it('runs the inputs one by one after one of them has killed the process', async () => {
    const host = await openBatchHost({ maxWaitMs: 20 });
    const ends = await Promise.all(['a', 'die', 'b'].map((value) => endOf(runOn(host, 'batch', { value }))));
    expect(ends).toEqual(['ok', 'crashed/process_died', 'ok']);
    expect(host.health().crashes).toBe(2);
  });

  it('shares a time limit only among equals', async () => {
    const host = await openBatchHost({ maxWaitMs: 20 });
    const slow = [1, 2].map(() => runOn(host, 'batch', { value: 'slow' }, { timeoutMs: 100 }));
    const patient = runOn(host, 'batch', { value: 'slow' }, { timeoutMs: 5000 });
    expect(await Promise.all([...slow, patient].map(endOf))).toEqual([
      'timeout/timeout',
      'timeout/timeout',
      'ok',
    ]);
  });

  it('counts single runs against the limit of those that wait', async () => {
    const host = await openBatchHost({ maxSize: 2, maxWaitMs: 1 }, { maxWaiting: 4 });
    const slow = runOn(host, 'batch', { value: 'slow' });
    await until('it runs', () => host.health().running === 1);
    const others = Array.from({ length: 6 }, (_, value) => runOn(host, 'batch', { value }));
    const ends = await Promise.all(others.map(endOf));
    expect(ends).toEqual(['ok', 'ok', 'ok', 'ok', 'busy/busy', 'busy/busy']);
    expect((await slow).ok).toBe(true);
  });
});
