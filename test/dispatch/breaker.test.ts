import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMetrics } from '../../src/telemetry/index.js';
import { registration } from '../discovery/registrations.js';
import { createRequest, failedWith, openYard, succeeded } from './test-yard.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

function openBroken() {
  const metrics = createMetrics();
  const yard = openYard({ breaker: { failures: 3, openMs: 1000 }, metrics });
  yard.registry.put('a', registration(['x', 'y']));
  yard.behave = () => failedWith('runner_unreachable');
  const run = (algorithm = 'x') => yard.dispatcher.run(createRequest(algorithm));
  const isOpen = async () =>
    (await metrics.breakerOpen.get()).values.find(({ labels }) => labels.runner === 'a')?.value;
  return Object.assign(yard, { run, isOpen });
}

describe('the breaker of a runner', () => {
  test.each(['runner_unreachable', 'connection_lost', 'crash_loop'] as const)(
    'opens after three %s in a row, for every algorithm of the runner',
    async (code) => {
      const yard = openBroken();
      yard.behave = () => failedWith(code, { retryAfterMs: 1 });
      for (let times = 0; times < 3; times++) {
        vi.advanceTimersByTime(1);
        await yard.run();
      }
      expect(yard.sent).toHaveLength(3);
      expect(await yard.run('y')).toMatchObject({
        error: { code: 'runner_unreachable', retryAfterMs: 1000 },
      });
      expect(yard.sent).toHaveLength(3);
      expect(yard.dispatcher.freeCapacity('y')).toBe(0);
      expect(await yard.isOpen()).toBe(1);
    },
  );

  test('does not open when something goes well in between, nor for busy or failing runs', async () => {
    const yard = openBroken();
    const unreachable = failedWith('runner_unreachable');
    const ends = [
      unreachable,
      unreachable,
      succeeded,
      unreachable,
      unreachable,
      failedWith('algorithm_error'),
    ];
    ends.push(...Array.from({ length: 5 }, () => failedWith('process_died')), unreachable, unreachable);
    for (const end of ends) {
      yard.behave = () => end;
      await yard.run();
    }
    expect(yard.sent).toHaveLength(ends.length);
    yard.behave = () => failedWith('busy', { retryAfterMs: 1 });
    for (let times = 0; times < 5; times++) {
      await yard.run();
      vi.advanceTimersByTime(1);
    }
    expect(await yard.isOpen()).not.toBe(1);
  });

  test('half opens after its time and announces that, lets one run through, and closes when it goes well', async () => {
    const yard = openBroken();
    for (let times = 0; times < 3; times++) await yard.run();
    yard.room.length = 0;
    vi.advanceTimersByTime(999);
    expect(yard.room).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(yard.room.sort()).toEqual(['x', 'y']);
    expect(yard.dispatcher.freeCapacity('x')).toBe(1);
    yard.behave = () => 'hold';
    const trial = yard.run();
    expect(yard.dispatcher.freeCapacity('x')).toBe(0);
    expect(await yard.run()).toMatchObject({ error: { code: 'runner_unreachable' } });
    yard.room.length = 0;
    await yard.held[0]!.end();
    expect(await trial).toMatchObject({ ok: true });
    expect(new Set(yard.room)).toEqual(new Set(['x', 'y']));
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
    expect(await yard.isOpen()).toBe(0);
  });

  test('opens for twice as long with each failed trial, and for the first time again after a good one', async () => {
    const yard = openBroken();
    for (let times = 0; times < 3; times++) await yard.run();
    for (const openMs of [1000, 2000, 4000]) {
      expect(await yard.run()).toMatchObject({ error: { retryAfterMs: openMs } });
      vi.advanceTimersByTime(openMs);
      await yard.run();
    }
    vi.advanceTimersByTime(8000);
    yard.behave = () => succeeded;
    await yard.run();
    yard.behave = () => failedWith('runner_unreachable');
    for (let times = 0; times < 3; times++) await yard.run();
    expect(await yard.run()).toMatchObject({ error: { retryAfterMs: 1000 } });
  });

  test('a trial that was cancelled decides nothing, and the next run is the trial', async () => {
    const yard = openBroken();
    for (let times = 0; times < 3; times++) await yard.run();
    vi.advanceTimersByTime(1000);
    yard.behave = () => failedWith('cancelled');
    await yard.run();
    expect(yard.dispatcher.freeCapacity('x')).toBe(1);
    yard.behave = () => succeeded;
    expect(await yard.run()).toMatchObject({ ok: true });
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
  });

  test('a trial that finds the runner busy shows that it answers', async () => {
    const yard = openBroken();
    for (let times = 0; times < 3; times++) await yard.run();
    vi.advanceTimersByTime(1000);
    yard.behave = () => failedWith('busy', { retryAfterMs: 10 });
    await yard.run();
    vi.advanceTimersByTime(10);
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
  });

  test('runs begun before it opened do not open it further nor close it', async () => {
    const yard = openBroken();
    yard.behave = () => 'hold';
    for (let times = 0; times < 4; times++) void yard.run('y');
    const early = [...yard.held];
    yard.behave = () => failedWith('runner_unreachable');
    yard.registry.put('a', registration(['x', 'y'], { capacity: 10 }));
    for (let times = 0; times < 3; times++) await yard.run();
    vi.advanceTimersByTime(500);
    await early[0]!.end(failedWith('connection_lost'));
    await early[1]!.end(succeeded);
    expect(await yard.run()).toMatchObject({ error: { retryAfterMs: 500 } });
    vi.advanceTimersByTime(500);
    await early[2]!.end(failedWith('connection_lost'));
    expect(yard.dispatcher.freeCapacity('x')).toBe(1);
  });

  test('is forgotten with its runner', async () => {
    const yard = openBroken();
    for (let times = 0; times < 3; times++) await yard.run();
    yard.registry.delete('a');
    expect(await yard.isOpen()).toBeUndefined();
    yard.registry.put('a', registration(['x']));
    yard.behave = () => succeeded;
    expect(await yard.run()).toMatchObject({ ok: true });
  });

  test('an open one sends runs to the others', async () => {
    const yard = openBroken();
    yard.registry.put('b', registration(['x']));
    yard.behave = ({ id }) => (id === 'a' ? failedWith('runner_unreachable') : succeeded);
    for (let times = 0; times < 30; times++)
      expect(await yard.run()).toMatchObject({ ok: true, runner: 'b' });
    expect(yard.sent.filter((id) => id === 'a')).toHaveLength(3);
  });
});
