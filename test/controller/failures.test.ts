import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunOutcome } from '../../src/protocol/index.js';
import { until } from '../until.js';
import { fail, succeed } from './scripted-dispatcher.js';
import { openYard, type TestYard } from './test-yard.js';

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard({
    descriptors: [
      { name: 'stubborn', input: true, mode: 'unary', limits: { maxAttempts: 5, backoffMs: 10 } },
    ],
  });
});
afterEach(() => yard.close());

/** Gives these outcomes one after the other, the last one for ever. */
function offerOutcomes(algorithm: string, ...outcomes: RunOutcome[]): void {
  yard.dispatcher.offer(algorithm, () => (outcomes.length > 1 ? outcomes.shift()! : outcomes[0]!));
}

/** Lets the wait for the next try pass. */
async function passBackoff(id: string, tries: number, ms: number): Promise<void> {
  await yard.until(
    `waiting after ${tries} tries`,
    id,
    (task) => task.state === 'waiting' && task.attempts.length === tries,
  );
  yard.clock.advance(ms);
}

test('a result is stored with its attempt, and the message is gone', async () => {
  yard.dispatcher.offer('echo', ({ args }) => succeed(args));
  await yard.start();
  const { id } = await yard.submit('echo', { payload: { text: 'hi' } });
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({ state: 'succeeded', resultJson: '{"text":"hi"}' });
  expect(task.attempts).toMatchObject([{ number: 1, runner: 'scripted', durationMs: 1 }]);
  expect(task.attempts[0]?.error).toBeUndefined();
  expect(await yard.depth('echo')).toEqual({ ready: 0, delayed: 0, claimed: 0 });
});

test('a runner is told who asks: task id, try, time limit, depth and trace', async () => {
  yard.dispatcher.offer('stubborn', () => succeed());
  await yard.start();
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const { id } = await yard.submit('stubborn', { payload: { a: 1 }, timeoutMs: 77, depth: 2, traceparent });
  await yard.untilEnded(id);
  expect(yard.dispatcher.requests).toEqual([
    { id, algorithm: 'stubborn', args: { a: 1 }, attempt: 1, timeoutMs: 77, depth: 2, traceparent },
  ]);
});

test('`invalid` is dead at once', async () => {
  offerOutcomes('a', fail('input_refused', 'no cats'));
  await yard.start();
  const { id } = await yard.submit('a');
  const task = await yard.untilEnded(id);
  expect(task).toMatchObject({
    state: 'dead',
    error: { class: 'invalid', code: 'input_refused', message: 'no cats' },
  });
  expect(task.attempts).toHaveLength(1);
});

describe.each([
  ['failed', fail('algorithm_error', 'oops')],
  ['timeout', fail('timeout', 'too slow')],
] as const)('`%s`', (failureClass, outcome) => {
  test('is tried again with doubling waits, and dead after the last try with its last error', async () => {
    offerOutcomes('a', outcome);
    await yard.start();
    const { id } = await yard.submit('a');
    await passBackoff(id, 1, 999);
    expect(await yard.depth('a')).toMatchObject({ delayed: 1 });
    yard.clock.advance(1);
    await passBackoff(id, 2, 1_999);
    expect(await yard.depth('a')).toMatchObject({ delayed: 1 });
    yard.clock.advance(1);
    const task = await yard.untilEnded(id);
    expect(task).toMatchObject({
      state: 'dead',
      attemptCount: 3,
      crashCount: 0,
      error: { class: failureClass },
    });
    expect(task.attempts.map(({ error }) => error?.class)).toEqual([
      failureClass,
      failureClass,
      failureClass,
    ]);
    expect(yard.dispatcher.requests.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  test('ends well when a later try does', async () => {
    offerOutcomes('a', outcome, succeed(1));
    await yard.start();
    const { id } = await yard.submit('a');
    await passBackoff(id, 1, 1_000);
    expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', resultJson: '1' });
  });
});

test('the task’s own number of tries goes before the algorithm’s, and that before the setting', async () => {
  offerOutcomes('stubborn', fail('algorithm_error'));
  offerOutcomes('a', fail('algorithm_error'));
  await yard.start({ settings: { maxAttempts: 2 } });
  const own = await yard.submit('stubborn', { maxAttempts: 1 });
  expect(await yard.untilEnded(own.id)).toMatchObject({ attemptCount: 1 });
  const byAlgorithm = await yard.submit('stubborn');
  for (let tries = 1; tries < 5; tries++) await passBackoff(byAlgorithm.id, tries, 1_000);
  expect(await yard.untilEnded(byAlgorithm.id)).toMatchObject({ attemptCount: 5 });
  const bySetting = await yard.submit('a');
  await passBackoff(bySetting.id, 1, 1_000);
  expect(await yard.untilEnded(bySetting.id)).toMatchObject({ attemptCount: 2 });
});

test('what the yard’s owner says of an algorithm goes before its author’s word', async () => {
  offerOutcomes('stubborn', fail('algorithm_error'));
  await yard.start({ algorithms: { stubborn: { maxAttempts: 1, timeoutMs: 5 } } });
  const { id } = await yard.submit('stubborn');
  expect(await yard.untilEnded(id)).toMatchObject({ state: 'dead', attemptCount: 1 });
  expect(yard.dispatcher.requests[0]).toMatchObject({ timeoutMs: 5 });
});

describe('`crashed`', () => {
  test('is dead as poison after `poisonLimit` crashes, however many tries are left', async () => {
    offerOutcomes('stubborn', fail('process_died', 'exit code 137'));
    await yard.start({ settings: { poisonLimit: 2 } });
    const { id } = await yard.submit('stubborn');
    await passBackoff(id, 1, 1_000);
    const task = await yard.untilEnded(id);
    expect(task).toMatchObject({ state: 'dead', crashCount: 2, error: { class: 'crashed', code: 'poison' } });
    expect(task.error?.message).toContain('exit code 137');
    expect(task.attempts).toHaveLength(2);
  });

  test('counts as a try, too', async () => {
    offerOutcomes('a', fail('process_died'), fail('algorithm_error'));
    await yard.start({ settings: { maxAttempts: 2 } });
    const { id } = await yard.submit('a');
    await passBackoff(id, 1, 1_000);
    expect(await yard.untilEnded(id)).toMatchObject({
      state: 'dead',
      attemptCount: 2,
      crashCount: 1,
      error: { code: 'algorithm_error' },
    });
  });

  test.each([
    ['a runner that vanishes', 'connection_lost'],
    ['a process that was ended because of another run', 'process_stopped'],
  ] as const)('%s burns neither tries nor crashes', async (_what, code) => {
    const lost = fail(code);
    offerOutcomes('a', lost, lost, lost, lost, lost, succeed('at last'));
    await yard.start({ settings: { maxAttempts: 1, poisonLimit: 1, backoffMs: 10, maxBackoffMs: 10 } });
    const { id } = await yard.submit('a');
    for (let tries = 1; tries <= 5; tries++) await passBackoff(id, tries, 10);
    expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', crashCount: 0, lostCount: 5 });
  });

  test('a runner that vanishes too often makes the task dead', async () => {
    offerOutcomes('a', fail('connection_lost'));
    await yard.start({ settings: { maxLostDeliveries: 2, backoffMs: 10 } });
    const { id } = await yard.submit('a');
    await passBackoff(id, 1, 1_000);
    await passBackoff(id, 2, 1_000);
    const task = await yard.untilEnded(id);
    expect(task).toMatchObject({ state: 'dead', error: { code: 'connection_lost' } });
    expect(task.attempts).toHaveLength(3);
  });

  test('a run that its runner cancelled unasked is tried again as one whose runner vanished', async () => {
    offerOutcomes('a', fail('cancelled'), succeed());
    await yard.start();
    const { id } = await yard.submit('a');
    await passBackoff(id, 1, 1_000);
    expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded', lostCount: 1, attemptCount: 1 });
  });
});

describe('`busy`', () => {
  test('burns no attempt and leaves no trace', async () => {
    offerOutcomes('a', fail('busy'), fail('draining'), fail('no_runner'), succeed());
    await yard.start({ settings: { maxAttempts: 1, busyBackoffMs: 5 } });
    const { id } = await yard.submit('a');
    for (let tries = 1; tries <= 3; tries++) {
      await until(`${tries} busy answers`, () => yard.dispatcher.requests.length === tries);
      await yard.until('waiting', id, ({ state }) => state === 'waiting');
      yard.clock.advance(1_000);
    }
    const task = await yard.untilEnded(id);
    expect(task).toMatchObject({ state: 'succeeded', crashCount: 0, lostCount: 0 });
    expect(task.attempts).toHaveLength(1);
    expect(yard.dispatcher.requests.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  });

  test('does not make the lane run hot: it is asked less and less often', async () => {
    offerOutcomes('a', fail('busy'));
    await yard.start({ settings: { busyBackoffMs: 40, maxBusyBackoffMs: 160 } });
    const started = performance.now();
    for (let i = 0; i < 50; i++) await yard.submit('a');
    await until('a few rounds', () => {
      yard.clock.advance(200);
      return performance.now() - started > 500;
    });
    // 4 places a round, and at most 5 rounds: 0, 40, 120, 280 and 440 ms after the first.
    expect(yard.dispatcher.requests.length).toBeLessThanOrEqual(24);
    expect(yard.dispatcher.requests.length).toBeGreaterThanOrEqual(8);
  });

  test('says how long to stay away, and is listened to within bounds', async () => {
    offerOutcomes('a', fail('busy', 'full', { retryAfterMs: 60_000 }));
    await yard.start({ settings: { busyBackoffMs: 1, maxBusyBackoffMs: 30_000 } });
    await yard.submit('a');
    await until('the message is delayed', async () => (await yard.depth('a')).delayed === 1);
    yard.clock.advance(29_999);
    expect(await yard.depth('a')).toMatchObject({ delayed: 1 });
    yard.clock.advance(1);
    expect(await yard.depth('a')).toMatchObject({ ready: 1 });
  });

  test('of one lane does not touch another', async () => {
    offerOutcomes('full', fail('busy'));
    yard.dispatcher.offer('free', () => succeed());
    await yard.start({ settings: { busyBackoffMs: 60_000, maxBusyBackoffMs: 60_000 } });
    for (let i = 0; i < 20; i++) await yard.submit('full');
    const { id } = await yard.submit('free');
    expect(await yard.untilEnded(id)).toMatchObject({ state: 'succeeded' });
  });
});

test('a dispatcher that throws fails the attempt, not the controller', async () => {
  yard.dispatcher.offer('a', () => {
    throw new TypeError('a defect');
  });
  await yard.start({ settings: { maxAttempts: 1 } });
  const { id } = await yard.submit('a');
  expect(await yard.untilEnded(id)).toMatchObject({
    state: 'dead',
    error: { code: 'internal', message: 'a defect' },
  });
});

test('an attempt keeps the last lines of output, as many as the setting says', async () => {
  const logs = Array.from({ length: 9 }, (_, i) => ({
    time: i,
    stream: 'stdout' as const,
    line: `line ${i}`,
  }));
  yard.dispatcher.offer('a', () => ({ ...succeed(), logs }));
  await yard.start({ settings: { logTailLines: 3 } });
  const { id } = await yard.submit('a');
  const task = await yard.untilEnded(id);
  expect(task.attempts[0]?.logs?.map(({ line }) => line)).toEqual(['line 6', 'line 7', 'line 8']);
});

test('outcomes are counted by algorithm and class', async () => {
  const { createMetrics } = await import('../../src/telemetry/index.js');
  const metrics = createMetrics();
  offerOutcomes('a', succeed(), fail('input_refused'));
  await yard.start({ metrics });
  await yard.untilEnded((await yard.submit('a')).id);
  await yard.untilEnded((await yard.submit('a')).id);
  const text = await metrics.registry.metrics();
  expect(text).toContain('runyard_attempts_total{algorithm="a",outcome="ok"} 1');
  expect(text).toContain('runyard_attempts_total{algorithm="a",outcome="invalid"} 1');
  expect(text).toContain('runyard_task_wait_seconds_count{algorithm="a"} 2');
});
