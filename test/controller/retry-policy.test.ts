import fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeRetryDelayMs } from '../../src/controller/retry-policy.js';

const policy = { maxAttempts: 3, backoffMs: 100, maxBackoffMs: 1_000 };

test('waits double from the first one up to the longest', () => {
  const waits = [1, 2, 3, 4, 5, 50, 5_000].map((tries) => computeRetryDelayMs(tries, policy, 0, Math.random));
  expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('chance takes any part of the wait, and never adds to it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (tries, random) => {
        const whole = computeRetryDelayMs(tries, policy, 0, () => 0);
        const wait = computeRetryDelayMs(tries, policy, 1, () => random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(whole);
        expect(wait).toBe(Math.round(whole * (1 - random)));
      },
    ),
  );
});
