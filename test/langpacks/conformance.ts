import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Descriptor, RunEvent, RunOutcome } from '../../src/protocol/index.js';
import { cases, scenarios, type AlgorithmCase, type ExpectedError, type ValueCase } from './cases.js';
import { CALL_DEPTH, readExceptions, RunningFixture } from './language.js';
import { normalizeSchema, normalizeValue } from './normalize.js';

/** A compiler may be installed first, and build its libraries. */
const COMPILE_TIMEOUT_MS = 600_000;

/** Registers the cases that every language has to pass; a language's test file calls it, so that languages run side by side. */
export function describeConformance(language: string): void {
  const cannot = readExceptions(language);
  const expressible = cases.filter(({ algorithm }) => cannot[algorithm] === undefined);
  let fixture: RunningFixture;

  beforeAll(async () => {
    fixture = await RunningFixture.start(language);
  }, COMPILE_TIMEOUT_MS);
  afterAll(() => fixture?.stop());

  const find = (name: string): Descriptor => {
    const found = fixture.described.algorithms.find((one) => one.name === name);
    if (!found) throw new Error(`The fixture has no algorithm ${name}`);
    return found;
  };

  for (const [algorithm, reason] of Object.entries(cannot)) {
    test.skip(`${algorithm}: not in this language, because ${reason}`, () => {});
  }

  test('exceptions are for algorithms there are', () => {
    const values = cases.flatMap((one) => one.values.map(({ title }) => `${one.algorithm}: ${title}`));
    const known = [...cases.map(({ algorithm }) => algorithm), ...values, ...Object.keys(scenarios)];
    expect(Object.keys(cannot).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('exactly the run_ and batch_ functions are algorithms', () => {
    const expected = [...cases.map(({ algorithm }) => algorithm), ...Object.keys(scenarios)];
    const names = fixture.described.algorithms.map(({ name }) => name);
    expect(names.sort()).toEqual(expected.filter((name) => cannot[name] === undefined).sort());
  });

  describe.each(expressible)('$algorithm', (one: AlgorithmCase) => {
    test('has the expected description', () => expectDescriptor(find(one.algorithm), one));

    const values = one.values.filter(({ title }) => cannot[`${one.algorithm}: ${title}`] === undefined);
    test.each(values)('$title', async (value: ValueCase) => {
      const outcome = await fixture.run(one.algorithm, value.args);
      if (value.error) expectError(outcome, value.error);
      else expect(normalizeValue(resultOf(outcome))).toEqual(normalizeValue(value.chunks ?? value.result));
    });

    const [streamed] = one.values.filter(({ chunks }) => chunks !== undefined && chunks.length < 10);
    if (!streamed) return;
    test('sends its chunks one by one', async () => {
      const events = await follow(fixture, one.algorithm, streamed.args);
      expect(events.flatMap((event) => (event.type === 'chunk' ? [event.chunk] : []))).toEqual(
        streamed.chunks,
      );
    });
  });

  const scenario = (name: string, title: string, run: () => Promise<void>): void => {
    if (cannot[name] === undefined) test(title, run);
  };

  scenario('lengths', 'batches are described by their items, with their limits', async () => {
    expect(find('lengths')).toMatchObject({
      mode: 'batch',
      limits: { timeoutMs: 20_000, batch: { maxSize: 4, maxWaitMs: 500 } },
    });
    expect(normalizeSchema(find('lengths').input)).toMatchObject({
      properties: { text: { type: 'string' } },
      required: ['text'],
    });
  });

  scenario('lengths', 'a batch is fed by several runs, and each gets its own result or error', async () => {
    const outcomes = await Promise.all(
      ['a', '', 'ccc', 'dd'].map((text) => fixture.run('lengths', { text })),
    );
    const [first, empty, third, fourth] = outcomes;
    expect([first, third, fourth].map((one) => one && resultOf(one))).toEqual([
      { length: 1, batch: 4 },
      { length: 3, batch: 4 },
      { length: 2, batch: 4 },
    ]);
    if (empty) expectError(empty, { code: 'algorithm_error', errorType: 'OddWeather' });
  });

  scenario('lengths', 'a batch with one result too few fails as a whole', async () => {
    const outcomes = await Promise.all(
      ['a', 'lose', 'ccc', 'dd'].map((text) => fixture.run('lengths', { text })),
    );
    for (const outcome of outcomes) expectError(outcome, { code: 'invalid_output' });
  });

  scenario('steps', 'progress is told as it comes, and ctx is no argument', async () => {
    expect(normalizeSchema(find('steps').input)).toMatchObject({
      properties: { count: { type: 'integer' } },
    });
    expect(Object.keys((find('steps').input as { properties: object }).properties)).toEqual(['count']);
    const events = await follow(fixture, 'steps', { count: 2 });
    expect(events.filter((event) => event.type === 'progress')).toEqual([
      { type: 'progress', progress: 0.5, message: 'step 1' },
      { type: 'progress', progress: 1, message: 'step 2' },
    ]);
  });

  scenario('noted', 'what is logged through ctx comes with the result', async () => {
    const outcome = await fixture.run('noted', { line: 'remember this' });
    expect(resultOf(outcome)).toBeNull();
    expect(outcome.logs.map(({ line }) => line)).toContain('remember this');
  });

  scenario('printed', 'what is printed while a run goes on comes with its result', async () => {
    const outcome = await fixture.run('printed', { lines: 3 });
    expect(resultOf(outcome)).toBe(3);
    expect(outcome.logs.map(({ line }) => line)).toEqual(['line 1', 'line 2', 'line 3']);
  });

  scenario(
    'wait_for_cancel',
    'a run that is cancelled hears of it and ends, and its process goes on',
    async () => {
      const starts = fixture.host.health().starts;
      const controller = new AbortController();
      const onEvent = (event: RunEvent): void => {
        if (event.type === 'log' && event.log.line === 'waiting') controller.abort();
      };
      const outcome = await fixture.host.run(
        { id: fixture.nextId(), algorithm: 'wait_for_cancel', args: {} },
        { signal: controller.signal, onEvent },
      );
      expectError(outcome, { code: 'cancelled' });
      expect(resultOf(await fixture.run('text', { text: 'alive' }))).toBe('alive');
      expect(fixture.host.health().crashes).toBe(0);
      expect(fixture.host.health().starts).toBeGreaterThanOrEqual(starts);
    },
  );

  scenario('call_other', 'an algorithm can call another, and gets its result or its error', async () => {
    const good = await fixture.run('call_other', { algorithm: 'text', args: { text: 'through' } });
    expect(resultOf(good)).toEqual({ answer: 'through' });
    const bad = await fixture.run('call_other', { algorithm: 'broken', args: {} });
    expect(bad.ok).toBe(false);
    expect(JSON.stringify(bad)).toContain('it rains up');
  });

  scenario('call_other', 'chains of calls end at the depth that is allowed', async () => {
    const chain = (depth: number): Record<string, unknown> =>
      depth === 0
        ? { algorithm: 'text', args: { text: 'end' } }
        : { algorithm: 'call_other', args: chain(depth - 1) };
    expect((await fixture.run('call_other', chain(CALL_DEPTH - 1))).ok).toBe(true);
    const tooDeep = await fixture.run('call_other', chain(CALL_DEPTH));
    expect(tooDeep.ok).toBe(false);
    expect(JSON.stringify(tooDeep)).toContain('deep');
  });

  scenario('broken', 'the stack of an error leads to the adapter', async () => {
    const outcome = await fixture.run('broken', {});
    expect(outcome.ok ? '' : outcome.error.stacktrace).toMatch(/runner_?adapter\.\w+/i);
    expect(outcome.ok ? '' : outcome.error.stacktrace).toMatch(/run_?broken/i);
  });

  scenario('mark_teardown', 'teardown runs when the process ends', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'runyard-teardown-'));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    const path = join(dir, 'mark');
    const other = await RunningFixture.open(fixture.described);
    onTestFinished(() => other.host.close());
    await other.run('mark_teardown', { path });
    expect(existsSync(path)).toBe(false);
    await other.host.close();
    expect(readFileSync(path, 'utf8')).toBe('torn down');
  });
}

function expectDescriptor(descriptor: Descriptor, expected: AlgorithmCase): void {
  expect(descriptor.mode).toBe(expected.mode ?? 'unary');
  if (expected.description !== undefined) expect(descriptor.description).toBe(expected.description);
  const names = Object.keys(expected.arguments ?? {});
  const input = normalizeSchema(descriptor.input) as { properties?: object; required?: string[] };
  expect(input).toMatchObject({ type: 'object', additionalProperties: false });
  expect(Object.keys(input.properties ?? {}).sort()).toEqual([...names].sort());
  expect(input.properties ?? {}).toMatchObject(
    normalizeSchema({ properties: expected.arguments ?? {} })['properties'] as object,
  );
  expect(input.required ?? []).toEqual([...(expected.required ?? names)].sort());
  if (expected.output !== undefined)
    expect(normalizeSchema(descriptor.output)).toMatchObject(normalizeSchema(expected.output));
}

function expectError(outcome: RunOutcome, { code, errorType, message, path }: ExpectedError): void {
  if (outcome.ok) throw new Error(`Expected ${code}, but got the result ${outcome.resultJson.slice(0, 200)}`);
  expect(outcome.error.code).toBe(code);
  if (errorType !== undefined) expect(outcome.error.errorType).toBe(errorType);
  if (message !== undefined) expect(outcome.error.message).toContain(message);
  if (path !== undefined) expect(outcome.error.errors?.map((one) => one.path)).toContain(path);
}

function resultOf(outcome: RunOutcome): unknown {
  if (!outcome.ok)
    throw new Error(`Expected a result, but got ${outcome.error.code}: ${outcome.error.message}`);
  return JSON.parse(outcome.resultJson);
}

async function follow(
  fixture: RunningFixture,
  algorithm: string,
  args: Record<string, unknown>,
): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  const outcome = await fixture.host.run(
    { id: fixture.nextId(), algorithm, args },
    { onEvent: (event) => events.push(event) },
  );
  resultOf(outcome);
  return events;
}
