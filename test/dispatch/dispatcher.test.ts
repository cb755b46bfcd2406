import { describe, expect, test, vi, afterEach } from 'vitest';
import type { ErrorCode } from '../../src/errors/index.js';
import { registration } from '../discovery/registrations.js';
import { createRandom, createRequest, failedWith, openYard, succeeded } from './test-yard.js';

afterEach(() => {
  vi.useRealTimers();
});

const run = (yard: ReturnType<typeof openYard>, algorithm = 'x') =>
  yard.dispatcher.run(createRequest(algorithm));

describe('choosing', () => {
  test('a run goes to a runner that offers the algorithm, and says which', async () => {
    const yard = openYard();
    yard.registry.put('other', registration(['y']));
    yard.registry.put('a', registration(['x']));
    expect(await run(yard)).toEqual({ ...succeeded, runner: 'a' });
    expect(yard.sent).toEqual(['a']);
  });

  test('an algorithm nobody offers is a busy outcome with no capacity, known or not', async () => {
    const yard = openYard();
    expect(await run(yard)).toMatchObject({ ok: false, error: { class: 'busy', code: 'no_runner' } });
    expect(yard.dispatcher.freeCapacity('x')).toBeUndefined();
    expect(yard.sent).toEqual([]);
  });

  test('runners that drain or do not answer get nothing', async () => {
    const yard = openYard();
    yard.registry.put('draining', registration(['x'], { draining: true }));
    const outcome = await run(yard);
    expect(outcome).toMatchObject({ error: { code: 'no_runner' } });
    expect(JSON.stringify(outcome)).toContain('none of the 1 runners');
    yard.registry.put('a', registration(['x']));
    for (let times = 0; times < 10; times++) await run(yard);
    expect(new Set(yard.sent)).toEqual(new Set(['a']));
  });

  test('runs spread over runners by their capacity', async () => {
    const yard = openYard({ random: createRandom(1) });
    yard.behave = () => 'hold';
    yard.registry.put('large', registration(['x'], { capacity: 30 }));
    yard.registry.put('small', registration(['x'], { capacity: 10 }));
    for (let times = 0; times < 40; times++) void run(yard);
    const count = (id: string) => yard.sent.filter((sent) => sent === id).length;
    expect(count('large')).toBe(30);
    expect(count('small')).toBe(10);
  });

  test('two random choices keep a large yard even, where one would not', () => {
    const yard = openYard({ random: createRandom(7) });
    yard.behave = () => 'hold';
    const runners = 50;
    for (let index = 0; index < runners; index++)
      yard.registry.put(`r${index}`, registration(['x'], { capacity: 1000 }));
    for (let times = 0; times < runners * 20; times++) void run(yard);
    const counts = new Map<string, number>();
    for (const id of yard.sent) counts.set(id, (counts.get(id) ?? 0) + 1);
    // One random choice of 50 leaves a gap of about 20 here; two leave about 4.
    expect(Math.max(...counts.values()) - Math.min(...counts.values())).toBeLessThanOrEqual(6);
  });

  test('no run waits at a full runner while another has room', async () => {
    const yard = openYard({ random: createRandom(3) });
    yard.behave = () => 'hold';
    for (let index = 0; index < 20; index++)
      yard.registry.put(`r${index}`, registration(['x'], { capacity: 1 }));
    for (let times = 0; times < 20; times++) void run(yard);
    expect(new Set(yard.sent).size).toBe(20);
    expect(yard.dispatcher.freeCapacity('x')).toBe(0);
  });

  test('of equals the one with the lower registered load is taken', async () => {
    const yard = openYard({ random: createRandom(5) });
    yard.registry.put('loaded', registration(['x'], { load: 3 }));
    yard.registry.put('idle', registration(['x'], { load: 0 }));
    for (let times = 0; times < 20; times++) await run(yard);
    expect(new Set(yard.sent)).toEqual(new Set(['idle']));
  });
});

describe('capacity', () => {
  test('is what the usable runners have left, and counts a run the moment it is begun', async () => {
    const yard = openYard();
    yard.behave = () => 'hold';
    yard.registry.put('a', registration(['x', 'y'], { capacity: 5, capacities: { x: 3 } }));
    yard.registry.put('b', registration(['x'], { capacity: 2 }));
    yard.registry.put('c', registration(['x'], { capacity: 9, draining: true }));
    expect(yard.dispatcher.freeCapacity('x')).toBe(5);
    void run(yard);
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
    await yard.held[0]!.end();
    expect(yard.dispatcher.freeCapacity('x')).toBe(5);
  });

  test('of an algorithm shrinks when its runner is full with another one', () => {
    const yard = openYard();
    yard.behave = () => 'hold';
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2 }));
    void run(yard, 'y');
    expect(yard.dispatcher.freeCapacity('x')).toBe(1);
    void run(yard, 'y');
    expect(yard.dispatcher.freeCapacity('x')).toBe(0);
  });

  test('is announced when a run ends, a runner appears, heals or grows', async () => {
    const yard = openYard();
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2 }));
    expect(yard.room.splice(0).sort()).toEqual(['x', 'y']);
    await run(yard);
    expect(yard.room.splice(0)).toEqual(['x']);
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2, draining: true }));
    expect(yard.room.splice(0)).toEqual([]);
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2 }));
    expect(yard.room.splice(0).sort()).toEqual(['x', 'y']);
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2, capacities: { y: 7 } }));
    expect(yard.room.splice(0)).toEqual(['y']);
    yard.registry.put('a', registration(['x', 'y'], { capacity: 2, load: 1, capacities: { y: 7 } }));
    expect(yard.room.splice(0)).toEqual([]);
  });

  test('of every algorithm of a full runner is announced when one of its runs ends', async () => {
    const yard = openYard();
    yard.behave = () => 'hold';
    yard.registry.put('a', registration(['x', 'y'], { capacity: 1 }));
    void run(yard);
    yard.room.length = 0;
    await yard.held[0]!.end();
    expect(yard.room.sort()).toEqual(['x', 'y']);
  });

  test('nothing leaks over ten thousand runs with every kind of end', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const random = createRandom(11);
    const yard = openYard({ random, breaker: { failures: 2, openMs: 50 } });
    const codes: ErrorCode[] = [
      'busy',
      'runner_unreachable',
      'connection_lost',
      'crash_loop',
      'algorithm_error',
    ];
    codes.push('timeout', 'cancelled', 'invalid_input', 'process_died', 'draining');
    yard.behave = () => {
      const pick = Math.floor(random() * (codes.length + 8));
      const code = codes[pick];
      if (code) return failedWith(code, random() < 0.5 ? { retryAfterMs: 20 } : {});
      return pick === codes.length ? 'reject' : pick === codes.length + 1 ? 'hold' : succeeded;
    };
    const ids = ['a', 'b', 'c', 'd'];
    for (const id of ids) yard.registry.put(id, registration(['x', 'y'], { capacity: 10 }));
    for (let times = 0; times < 10_000; times++) {
      const ending = run(yard, random() < 0.5 ? 'x' : 'y');
      if (random() < 0.02) {
        yard.registry.put('d', registration(['x', 'y'], { capacity: 10, draining: random() < 0.5 }));
      }
      if (yard.held.length > 5) void yard.held[0]!.end();
      if (times % 100 === 0) vi.advanceTimersByTime(30);
      void ending;
      await Promise.resolve();
    }
    while (yard.held.length > 0) await yard.held[0]!.end();
    yard.registry.put('d', registration(['x', 'y'], { capacity: 10 }));
    vi.advanceTimersByTime(120_000);
    // A breaker that is still half open lets one run through, and closes when that goes well.
    yard.behave = () => succeeded;
    for (let times = 0; times < 50; times++) await run(yard);
    expect(yard.dispatcher.freeCapacity('x')).toBe(40);
    expect(yard.dispatcher.freeCapacity('y')).toBe(40);
  });
});

describe('a busy runner', () => {
  test('sends the run on to another one', async () => {
    const yard = openYard();
    for (const id of ['a', 'b', 'c']) yard.registry.put(id, registration(['x']));
    yard.behave = ({ id }) => (id === 'c' ? succeeded : failedWith('busy', { retryAfterMs: 50 }));
    for (let times = 0; times < 5; times++) expect(await run(yard)).toMatchObject({ ok: true, runner: 'c' });
  });

  test('when all are, each was asked once, and the shortest wait is the answer', async () => {
    const yard = openYard();
    const waits: Record<string, number> = { a: 900, b: 300, c: 600 };
    for (const id of Object.keys(waits)) yard.registry.put(id, registration(['x']));
    yard.behave = ({ id }) => failedWith('busy', { retryAfterMs: waits[id]! });
    const outcome = await run(yard);
    expect(outcome).toMatchObject({ ok: false, error: { class: 'busy', retryAfterMs: 300 } });
    expect(outcome.runner).toBeUndefined();
    expect(yard.sent.sort()).toEqual(['a', 'b', 'c']);
  });

  test('is left alone for that algorithm until its time is over, and that is announced', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    const yard = openYard();
    yard.registry.put('a', registration(['x', 'y']));
    yard.behave = (_runner, { algorithm }) =>
      algorithm === 'x' ? failedWith('busy', { retryAfterMs: 500 }) : succeeded;
    await run(yard);
    yard.room.length = 0;
    expect(yard.dispatcher.freeCapacity('x')).toBe(0);
    vi.advanceTimersByTime(200);
    expect(await run(yard)).toMatchObject({ error: { code: 'busy', retryAfterMs: 300 } });
    expect(yard.sent).toEqual(['a']);
    expect(await run(yard, 'y')).toMatchObject({ ok: true });
    yard.room.length = 0;
    vi.advanceTimersByTime(300);
    expect(yard.room).toEqual(['x']);
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
  });

  test('is asked again as soon as one of its runs of that algorithm ends', async () => {
    const yard = openYard();
    yard.registry.put('a', registration(['x']));
    yard.behave = () => 'hold';
    void run(yard);
    yard.behave = () => failedWith('busy', { retryAfterMs: 60_000 });
    await run(yard);
    expect(yard.dispatcher.freeCapacity('x')).toBe(0);
    await yard.held[0]!.end();
    expect(yard.dispatcher.freeCapacity('x')).toBe(4);
  });

  test('a failure of the run itself is not tried elsewhere', async () => {
    const yard = openYard();
    for (const id of ['a', 'b']) yard.registry.put(id, registration(['x']));
    for (const code of [
      'algorithm_error',
      'process_died',
      'connection_lost',
      'timeout',
      'invalid_input',
    ] as const) {
      yard.sent.length = 0;
      yard.behave = () => failedWith(code);
      expect(await run(yard)).toMatchObject({ error: { code }, runner: yard.sent[0] });
      expect(yard.sent).toHaveLength(1);
    }
  });

  test('nothing is tried any more once the caller has cancelled', async () => {
    const yard = openYard();
    for (const id of ['a', 'b', 'c']) yard.registry.put(id, registration(['x']));
    const abort = new AbortController();
    yard.behave = () => {
      abort.abort();
      return failedWith('busy');
    };
    const outcome = await yard.dispatcher.run(createRequest('x'), { signal: abort.signal });
    expect(outcome).toMatchObject({ error: { class: 'cancelled' } });
    expect(yard.sent).toHaveLength(1);
    expect(await yard.dispatcher.run(createRequest('x'), { signal: abort.signal })).toMatchObject({
      error: { class: 'cancelled' },
    });
    expect(yard.sent).toHaveLength(1);
  });
});
