import { describe, expect, test } from 'vitest';
import { until } from '../until.js';
import { PipeDriver } from './pipe-driver.js';

describe('streams', () => {
  const description = (extra: object = {}): object[] => [
    { name: 'count', mode: 'stream', export: 'run_count', parameters: ['n'], ...extra },
  ];

  test.each(['function*', 'async function*'])('%s sends chunks and then an end', async (kind) => {
    const pipe = new PipeDriver(
      `export ${kind} run_count(n) { for (let i = 0; i < n; i += 1) yield { i }; }`,
      {
        description: description(),
      },
    );
    await pipe.ready();
    await pipe.run('count', { n: 3 });
    expect(pipe.answers.map(({ chunk, result }) => chunk ?? result)).toEqual([
      { i: 0 },
      { i: 1 },
      { i: 2 },
      null,
    ]);
  });

  test('an error in the middle comes after the chunks before it', async () => {
    const pipe = new PipeDriver(`export function* run_count() { yield 1; throw new RangeError('enough'); }`, {
      description: description(),
    });
    await pipe.ready();
    expect((await pipe.run('count')).error?.error_type).toBe('RangeError');
    expect(pipe.answers[0]?.chunk).toBe(1);
  });

  test('a chunk that cannot be sent ends the generator, whose clean-up runs', async () => {
    const pipe = new PipeDriver(
      `import { writeFileSync } from 'node:fs';
       export function* run_count() { try { yield NaN; } finally { console.log('cleaned up'); } }`,
      { description: description() },
    );
    await pipe.ready();
    expect((await pipe.run('count')).error?.error_type).toBe('InvalidOutput');
    expect(pipe.stdout).toContain('cleaned up');
  });

  test('a cancel ends an endless generator and runs its clean-up', async () => {
    for (const kind of ['function*', 'async function*']) {
      const pipe = new PipeDriver(
        `export ${kind} run_count() { try { for (let i = 0; ; i += 1) yield i; } finally { console.log('cleaned up'); } }`,
        { description: description() },
      );
      await pipe.ready();
      pipe.send({ id: 'c', algorithm: 'count', args: {} });
      await until('chunks come', () => pipe.answers.length > 10);
      pipe.send({ cancel: 'c' });
      expect((await pipe.end('c')).error?.error_type).toBe('Cancelled');
      expect(pipe.stdout + JSON.stringify(pipe.answers.filter(({ log }) => log))).toContain('cleaned up');
    }
  });

  test('a generator goes no faster than the parent reads', async () => {
    const pipe = new PipeDriver(
      `export async function* run_count() { for (;;) { process.stderr.write('.'); yield 'x'.repeat(100_000); } }`,
      { description: description({ async: true }) },
    );
    await pipe.ready();
    pipe.output.pause();
    pipe.send({ id: 'c', algorithm: 'count', args: {} });
    let [made, quiet] = [0, 0];
    await until('no more chunks are made', () => {
      quiet = pipe.stderr.length > made ? 0 : quiet + 1;
      made = pipe.stderr.length;
      return made > 0 && quiet > 10;
    });
    expect(made).toBeLessThan(50);
    pipe.send({ cancel: 'c' });
    pipe.output.resume();
    expect((await pipe.end('c')).error?.error_type).toBe('Cancelled');
  });
});

describe('batches', () => {
  const description = [{ name: 'len', mode: 'batch', export: 'batch_len', object: true, context: false }];

  test('give one result or error for each item', async () => {
    const pipe = new PipeDriver(
      `export function batch_len(items) { return items.map(({ text }) => text === '' ? new TypeError('empty') : text === 'nan' ? NaN : text.length); }`,
      { description },
    );
    await pipe.ready();
    pipe.send({ id: 'b', algorithm: 'len', batch: [{ text: 'abc' }, { text: '' }, { text: 'nan' }] });
    const { results } = await pipe.end('b');
    expect(results?.[0]).toEqual({ result: 3 });
    expect(results?.[1]?.error).toMatchObject({ error_type: 'TypeError', message: 'empty' });
    expect(results?.[2]?.error).toMatchObject({
      error_type: 'InvalidOutput',
      message: 'The result is NaN; JSON cannot hold it',
    });
  });

  test.each([
    ['return [1];', 'batch_len returned 1 results for 2 items'],
    ['return 5;', 'batch_len must return a list with one result for each of its 2 items'],
  ])('are refused as a whole when the function says %s', async (body, message) => {
    const pipe = new PipeDriver(`export async function batch_len(items) { ${body} }`, { description });
    await pipe.ready();
    pipe.send({ id: 'b', algorithm: 'len', batch: [{ text: 'a' }, { text: 'b' }] });
    const { error } = await pipe.end('b');
    expect(error?.error_type).toBe('InvalidOutput');
    expect(error?.message).toContain(message);
  });
});

describe('ctx', () => {
  test('progress and log leave while a function blocks', async () => {
    const pipe = new PipeDriver(`
      export function run_work(ctx) {
        ctx.progress(0.5, 'half'); ctx.log('two\\nlines');
        const end = performance.now() + 1500; while (performance.now() < end); return 1;
      }`);
    await pipe.ready();
    pipe.send({ id: 'w', algorithm: 'work', args: {} });
    await until('the log is there', () => pipe.of('w').length === 3);
    expect(pipe.of('w')).toEqual([
      { id: 'w', progress: 0.5, message: 'half' },
      { id: 'w', log: 'two' },
      { id: 'w', log: 'lines' },
    ]);
    expect((await pipe.end('w')).result).toBe(1);
  });

  test('progress wants a number', async () => {
    const pipe = new PipeDriver(`export function run_work(ctx) { ctx.progress('half'); }`);
    await pipe.ready();
    expect((await pipe.run('work')).error?.message).toBe(
      'ctx.progress() takes a number from 0 to 1, but got half',
    );
  });

  test('its methods may be taken out of it', async () => {
    const pipe = new PipeDriver(
      `export function run_work(ctx) { const { progress, log } = ctx; progress(1); log('x'); return 1; }`,
    );
    await pipe.ready();
    expect((await pipe.run('work')).result).toBe(1);
  });

  test('the signal is aborted by a cancel, whose answer waits for the function', async () => {
    const pipe = new PipeDriver(`
      export async function run_wait(ctx) {
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
        console.log('stopped by', ctx.signal.reason.name); return 'late';
      }`);
    await pipe.ready();
    pipe.send({ id: 'w', algorithm: 'wait', args: {} });
    await pipe.run('nothing');
    pipe.send({ cancel: 'w' });
    expect((await pipe.end('w')).error).toMatchObject({
      error_type: 'Cancelled',
      message: 'The run was cancelled',
    });
    expect(pipe.of('w')[0]).toEqual({ id: 'w', log: 'stopped by Cancelled' });
  });

  test('call asks the parent and gives what it answers', async () => {
    const pipe = new PipeDriver(`
      export async function run_ask(ctx) {
        const good = await ctx.call('other', { n: 1, at: new Date(0) });
        const bad = await ctx.call('other', {}).catch((error) => [error.name, error.message, error.errors]);
        return { good, bad };
      }`);
    await pipe.ready();
    pipe.send({ id: 'a', algorithm: 'ask', args: {} });
    const first = await until('a question comes', () => pipe.of('a')[0]);
    expect(first).toMatchObject({ algorithm: 'other', args: { n: 1, at: '1970-01-01T00:00:00.000Z' } });
    pipe.send({ called: first.call, result: { fine: true } });
    const second = await until('another comes', () => pipe.of('a')[1]);
    expect(second.call).not.toBe(first.call);
    pipe.send({
      called: second.call,
      error: { error_type: 'InvalidInput', message: 'no', errors: [{ path: '/n', message: 'no' }] },
    });
    expect((await pipe.end('a')).result).toEqual({
      good: { fine: true },
      bad: ['InvalidInput', 'no', [{ path: '/n', message: 'no' }]],
    });
  });

  test('a call nobody waits for does not end the process when the run is cancelled', async () => {
    const pipe = new PipeDriver(`
      export async function run_ask(ctx) { void ctx.call('other', {}); await new Promise((r) => ctx.signal.addEventListener('abort', r)); }
      export async function run_alive() { return true; }`);
    await pipe.ready();
    pipe.send({ id: 'a', algorithm: 'ask', args: {} });
    await until('the question comes', () => pipe.of('a')[0]);
    pipe.send({ cancel: 'a' });
    await pipe.end('a');
    expect((await pipe.run('alive')).result).toBe(true);
  });
});

describe('printing', () => {
  test('goes to the log of its own run where several run at once', async () => {
    const pipe = new PipeDriver(`
      export async function run_say(word) {
        console.log('%s begins', word); await new Promise((r) => setTimeout(r, 20)); console.error(word, 'ends'); return word;
      }`);
    await pipe.ready();
    pipe.send(
      { id: 'a', algorithm: 'say', args: { word: 'A' } },
      { id: 'b', algorithm: 'say', args: { word: 'B' } },
    );
    await Promise.all([pipe.end('a'), pipe.end('b')]);
    expect(pipe.of('a').map(({ log }) => log)).toEqual(['A begins', 'A ends', undefined]);
    expect(pipe.of('b').map(({ log }) => log)).toEqual(['B begins', 'B ends', undefined]);
    expect(pipe.stdout).not.toContain('begins');
  });

  test('goes to stdout when its run has ended, and progress nowhere', async () => {
    const pipe = new PipeDriver(`
      export async function run_leave(ctx) { setTimeout(() => { ctx.progress(1); console.log('too late'); }, 20); return 1; }`);
    await pipe.ready();
    await pipe.run('leave');
    await until('the line is there', () => pipe.stdout.includes('too late'));
    expect(pipe.answers).toEqual([{ id: 'run-0', result: 1 }]);
  });

  test('stays on stdout and stderr where one runs at a time', async () => {
    const pipe = new PipeDriver(
      `export function run_say() { console.log('{"id":"run-0","result":"fake"}'); console.error('oh'); return 'real'; }`,
    );
    await pipe.ready();
    expect((await pipe.run('say')).result).toBe('real');
    await until('both lines are there', () => pipe.stdout.includes('fake') && pipe.stderr.includes('oh'));
  });

  test('is bounded for one run', async () => {
    const pipe = new PipeDriver(`
      export async function run_flood() { const line = 'x'.repeat(99_999); for (let i = 0; i < 100; i += 1) console.log(line); return 1; }`);
    await pipe.ready();
    await pipe.run('flood');
    const lines = pipe.answers.filter(({ log }) => log !== undefined);
    expect(lines.length).toBeLessThan(50);
    expect(lines.at(-1)?.log).toBe('(the log of this run is full; further lines are dropped)');
  });
});
