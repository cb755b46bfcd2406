import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/protocol/index.js';
import { endOf, openHost, resultOf, runOn } from './host-fixture.js';

describe('a run', () => {
  it('gives back what the child answered', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    const args = { text: 'Grüße 🎉 \u2028 "\\', list: [1, null, { a: true }] };
    const outcome = await runOn(host, 'echo', args);
    expect(outcome).toMatchObject({ ok: true, logs: [] });
    expect(outcome.ok && JSON.parse(outcome.resultJson)).toEqual(args);
    expect(outcome.durationMs).toBeGreaterThan(0);
  });

  it.each([{ value: null }, { value: [] }, { value: 0 }, { value: '' }, { value: false }])(
    'carries the result $value',
    async ({ value }) => {
      const host = await openHost('normal.mjs', ['value']);
      expect(await resultOf(runOn(host, 'value', { value }))).toEqual(value);
    },
  );

  it('keeps the text of a plain answer as the child wrote it', async () => {
    const host = await openHost('normal.mjs', ['raw'], { env: { READY: '{"answers":"plain"}' } });
    const outcome = await runOn(host, 'raw', { text: '{"id":"ID","result":[12345678901234567890, 1.50 ]}' });
    expect(outcome).toMatchObject({ ok: true, resultJson: '[12345678901234567890, 1.50 ]' });
  });

  it.each([
    '{"id":"ID","result":{"a":1},"extra":{"b":2}}',
    '{"result":{"a":1},"id":"ID"}',
    '{"result": {"a": 1}, "id": ID}',
    '  {"id":"ID","result":{"a":1}}  ',
  ])('understands the answer %s of a child that promised nothing', async (text) => {
    const host = await openHost('normal.mjs', ['raw']);
    expect(await runOn(host, 'raw', { text })).toMatchObject({ ok: true, resultJson: '{"a":1}' });
  });

  it('answers many at once, each with its own result', async () => {
    const host = await openHost('echo.mjs', ['echo']);
    const numbers = Array.from({ length: 900 }, (_, index) => index);
    const results = await Promise.all(numbers.map((index) => resultOf(runOn(host, 'echo', { index }))));
    expect(results).toEqual(numbers.map((index) => ({ index })));
  });

  it('works the same with a Python child', async () => {
    const host = await openHost('echo.py', ['echo']);
    const outcome = await runOn(host, 'echo', { text: 'ß' });
    expect(outcome.ok && JSON.parse(outcome.resultJson)).toEqual({ text: 'ß' });
    expect(outcome.logs.map(({ line }) => line.slice(0, 10))).toEqual(['python got']);
  });

  it('shows a child only the environment it is given', async () => {
    process.env.SECRET_OF_THE_PARENT = 'secret';
    const host = await openHost('normal.mjs', ['env'], { env: { GIVEN: 'yes' } });
    const env = (await resultOf(runOn(host, 'env'))) as Record<string, string>;
    expect(Object.keys(env).sort()).toEqual(
      ['ALGOOUT', 'FROM_LAUNCH', 'GIVEN', 'PATH', 'RUNYARD_PIPE', 'RUNYARD_TEST_MARK'].sort(),
    );
    expect(env).toMatchObject({ RUNYARD_PIPE: '2', ALGOOUT: '/dev/fd/3', FROM_LAUNCH: 'yes' });
  });

  it('carries fifty megabytes in and out', async () => {
    const host = await openHost('normal.mjs', ['length', 'big']);
    const text = 'x'.repeat(50 * 1024 * 1024);
    expect(await resultOf(runOn(host, 'length', { text }))).toBe(text.length);
    expect(((await resultOf(runOn(host, 'big', { megabytes: 50 }))) as string).length).toBe(text.length);
  });
});

describe('refused before it reaches a process', () => {
  const schema = {
    type: 'object',
    properties: { image_url: { type: 'string' }, size: { type: 'integer' } },
    required: ['image_url'],
    additionalProperties: false,
  };

  it('names every wrong field', async () => {
    const host = await openHost('normal.mjs', [], { algorithms: [{ name: 'echo', input: schema }] });
    const outcome = await runOn(host, 'echo', { imageurl: 'x', size: 'big' });
    expect(outcome).toMatchObject({
      ok: false,
      error: { class: 'invalid', code: 'invalid_input' },
      durationMs: 0,
    });
    expect(outcome.ok || outcome.error.errors?.map(({ path }) => path)).toEqual([
      '/image_url',
      '/imageurl',
      '/size',
    ]);
    expect(outcome.ok || outcome.error.message).toContain(
      'imageurl: unknown argument; did you mean "image_url"?',
    );
    expect(outcome.ok || outcome.error.message).toContain('size: expected integer, got string "big"');
  });

  it('suggests the nearest algorithm for an unknown one', async () => {
    const host = await openHost('normal.mjs', ['echo', 'pid']);
    const outcome = await runOn(host, 'ecko');
    expect(outcome).toMatchObject({ ok: false, error: { code: 'unknown_algorithm' } });
    expect(outcome.ok || outcome.error.message).toContain('did you mean "echo"?; there are: echo, pid');
  });

  it('refuses input nested too deep, in cycles, or that JSON cannot hold', async () => {
    const host = await openHost('normal.mjs', ['echo']);
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 50_000; level += 1) deep = { deep };
    const cycle: Record<string, unknown> = {};
    cycle.cycle = cycle;
    expect(await endOf(runOn(host, 'echo', deep))).toBe('invalid/invalid_input');
    expect(await endOf(runOn(host, 'echo', cycle))).toBe('invalid/invalid_input');
    expect(await endOf(runOn(host, 'echo', { big: 1n }))).toBe('invalid/invalid_input');
    expect(await resultOf(runOn(host, 'echo', { fine: 1 }))).toEqual({ fine: 1 });
  });

  it('refuses a run that is too many calls deep', async () => {
    const host = await openHost('normal.mjs', ['echo'], { callDepth: 3 });
    expect(await endOf(runOn(host, 'echo', {}, { depth: 3 }))).toBe('ok');
    expect(await endOf(runOn(host, 'echo', {}, { depth: 4 }))).toBe('invalid/too_deep');
  });
});

describe('an error of the function', () => {
  it.each([
    ['ValueError', {}, 'failed/algorithm_error'],
    ['InvalidInput', {}, 'invalid/input_refused'],
    ['RequestError', { status: 404 }, 'invalid/input_unfetchable'],
    ['RequestError', { status: 429 }, 'failed/input_unreachable'],
    ['RequestError', { status: 408 }, 'failed/input_unreachable'],
    ['RequestError', { status: 503 }, 'failed/input_unreachable'],
    ['RequestError', { status: 'timeout' }, 'failed/input_unreachable'],
    ['InvalidOutput', {}, 'failed/invalid_output'],
    ['Cancelled', {}, 'failed/algorithm_error'],
  ])('of type %s with %j ends the run as %s', async (type, more, end) => {
    const host = await openHost('normal.mjs', ['fail']);
    expect(await endOf(runOn(host, 'fail', { type, message: 'because', ...more }))).toBe(end);
  });

  it('keeps type, message, stack and fields', async () => {
    const host = await openHost('normal.mjs', ['fail']);
    const errors = [{ path: '/image_url', message: 'is no image' }];
    const args = { type: 'InvalidInput', message: 'no image', errors, stacktrace: 'at line 3' };
    expect(await runOn(host, 'fail', args)).toMatchObject({
      error: { message: 'no image', errorType: 'InvalidInput', errors, stacktrace: 'at line 3' },
    });
  });
});

describe('events of a run', () => {
  it('come in order: progress within 0 and 1, log lines, chunks', async () => {
    const host = await openHost('normal.mjs', ['progress', 'log']);
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent): void => void events.push(event);
    await runOn(host, 'progress', { values: [-1, 0.4, 7] }, { onEvent });
    await runOn(host, 'log', { line: 'half way' }, { onEvent });
    expect(events).toEqual([
      { type: 'progress', progress: 0, message: 'at -1' },
      { type: 'progress', progress: 0.4, message: 'at 0.4' },
      { type: 'progress', progress: 1, message: 'at 7' },
      { type: 'log', log: { time: expect.any(Number) as number, stream: 'log', line: 'half way' } },
    ]);
  });

  it('of a listener that throws do not hurt the run', async () => {
    const host = await openHost('normal.mjs', ['progress']);
    const onEvent = (): never => {
      throw new Error('listener');
    };
    expect(await resultOf(runOn(host, 'progress', { values: [0.5] }, { onEvent }))).toBe('ok');
  });

  it('of a stream are its chunks, which are also the result', async () => {
    const host = await openHost('normal.mjs', [], { algorithms: [{ name: 'stream', mode: 'stream' }] });
    const chunks: unknown[] = [];
    const onEvent = (event: RunEvent): void => void (event.type === 'chunk' && chunks.push(event.chunk));
    const args = { chunks: [1, { a: null }, 'drei'] };
    expect(await resultOf(runOn(host, 'stream', args, { onEvent }))).toEqual(args.chunks);
    expect(chunks).toEqual(args.chunks);
    expect(await resultOf(runOn(host, 'stream', args))).toEqual(args.chunks);
    expect(await resultOf(runOn(host, 'stream', { chunks: [] }))).toEqual([]);
  });

  it('of a stream too long to keep reach a follower; without one the run ends', async () => {
    const host = await openHost('normal.mjs', [], {
      algorithms: [{ name: 'stream', mode: 'stream' }],
      pool: { maxAnswerBytes: 1000 },
    });
    let count = 0;
    const args = { chunks: Array.from({ length: 50 }, () => 'x'.repeat(100)) };
    const outcome = await runOn(host, 'stream', args, {
      onEvent: ({ type }) => (count += type === 'chunk' ? 1 : 0),
    });
    expect(outcome).toMatchObject({ ok: true, resultJson: 'null' });
    expect(count).toBe(50);
    expect(await endOf(runOn(host, 'stream', args))).toBe('failed/invalid_output');
  });
});

describe('what a child prints', () => {
  it('belongs to the run it was printed in', async () => {
    const host = await openHost('normal.mjs', ['print']);
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        runOn(host, 'print', { lines: [`a${index}`], error: [`b${index}`] }),
      ),
    );
    for (const [index, { logs }] of outcomes.entries()) {
      expect(logs.map(({ line }) => line).sort()).toEqual([`a${index}`, `b${index}`]);
    }
  });

  it('is returned and sent to followers with its stream and time', async () => {
    const host = await openHost('normal.mjs', ['print'], { clock: () => 1234 });
    const events: RunEvent[] = [];
    const args = { lines: ['out'], error: ['err'] };
    const { logs } = await runOn(host, 'print', args, { onEvent: (event) => void events.push(event) });
    const expected = [
      { time: 1234, stream: 'stdout', line: 'out' },
      { time: 1234, stream: 'stderr', line: 'err' },
    ];
    expect(logs).toHaveLength(2);
    expect(logs).toEqual(expect.arrayContaining(expected));
    expect(events).toHaveLength(2);
  });

  it('without a newline still belongs to its run', async () => {
    const host = await openHost('normal.mjs', ['print', 'printOpen']);
    await runOn(host, 'print', { lines: ['x'] });
    expect((await runOn(host, 'printOpen', { text: 'no end' })).logs.map(({ line }) => line)).toEqual([
      'no end',
    ]);
    await runOn(host, 'printOpen', { text: 'first' });
    expect((await runOn(host, 'print', { lines: ['second'] })).logs.map(({ line }) => line)).toEqual([
      'second',
    ]);
  });

  it('is kept to its last lines, and lines to their beginning', async () => {
    const host = await openHost('normal.mjs', ['print'], { pool: { maxLogLines: 5, maxLogLineLength: 10 } });
    const lines = Array.from({ length: 100 }, (_, index) => `line ${index} ${'x'.repeat(50)}`);
    const { logs } = await runOn(host, 'print', { lines });
    expect(logs).toHaveLength(5);
    expect(logs.at(-1)?.line).toBe('line 99 xx…');
  });
});
