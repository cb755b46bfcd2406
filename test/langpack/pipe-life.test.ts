import { describe, expect, test } from 'vitest';
import { until } from '../until.js';
import { PipeDriver } from './pipe-driver.js';

describe('being ready', () => {
  test('says protocol, algorithms with their limits, and that its answers can be cut', async () => {
    const pipe = new PipeDriver('export function run_echo(text) { return text; }', {
      description: [{ name: 'echo', export: 'run_echo', parameters: ['text'], limits: { timeoutMs: 5 } }],
    });
    expect(await pipe.ready()).toEqual({
      protocol: 2,
      algorithms: [{ name: 'echo', limits: { timeoutMs: 5 } }],
      concurrency: 1,
      answers: 'plain',
    });
  });

  test('comes after setup, and setup may print', async () => {
    const pipe = new PipeDriver(`
      let loaded = false;
      export async function setup() { console.log('loading'); await new Promise((r) => setTimeout(r, 20)); loaded = true; }
      export function run_loaded() { return loaded; }`);
    await pipe.ready();
    expect(pipe.stdout).toMatch(/^loading\nPIPE_INIT_COMPLETE/);
    expect((await pipe.run('loaded')).result).toBe(true);
  });

  test('does not come when setup fails, and stderr says why', async () => {
    const pipe = new PipeDriver(
      `export function setup() { throw new Error('no model here'); } export function run_x() {}`,
    );
    await expect(pipe.ready()).rejects.toThrow('no model here');
    expect(pipe.exit?.code).toBe(1);
  });

  test('announces one run at a time for synchronous functions, several for asynchronous ones, and what the adapter says', async () => {
    const sync = new PipeDriver('export function run_x() {}');
    const async_ = new PipeDriver('export async function run_x() {}');
    const own = new PipeDriver('export const concurrency = 3; export async function run_x() {}');
    expect((await sync.ready()).concurrency).toBe(1);
    expect((await async_.ready()).concurrency).toBe(16);
    expect((await own.ready()).concurrency).toBe(3);
  });

  test('does not come with a concurrency that is no number above 0', async () => {
    const pipe = new PipeDriver(`export const concurrency = 'many'; export function run_x() {}`);
    await expect(pipe.ready()).rejects.toThrow('`concurrency` must be a whole number above 0, but is many');
  });
});

describe('order and concurrency', () => {
  test('runs wait for their turn beyond the concurrency, and begin in the order they came', async () => {
    const pipe = new PipeDriver(`
      export const concurrency = 2;
      const order = []; let now = 0; let most = 0;
      export async function run_step(n) {
        order.push(n); now += 1; most = Math.max(most, now);
        await new Promise((r) => setTimeout(r, 10)); now -= 1; return { order: [...order], most };
      }`);
    await pipe.ready();
    pipe.send(...[1, 2, 3, 4, 5].map((n) => ({ id: `s${n}`, algorithm: 'step', args: { n } })));
    expect((await pipe.end('s5')).result).toEqual({ order: [1, 2, 3, 4, 5], most: 2 });
  });

  test('a cancel that comes with queued runs takes effect before they begin', async () => {
    const pipe = new PipeDriver(
      `let began = []; export function run_note(n) { began.push(n); return began; }`,
    );
    await pipe.ready();
    pipe.send(
      { id: 'a', algorithm: 'note', args: { n: 1 } },
      { id: 'b', algorithm: 'note', args: { n: 2 } },
      { id: 'c', algorithm: 'note', args: { n: 3 } },
      { cancel: 'b' },
    );
    expect((await pipe.end('b')).error?.error_type).toBe('Cancelled');
    expect((await pipe.end('c')).result).toEqual([1, 3]);
  });

  test('a long series of short blocking runs still notices cancels', async () => {
    const pipe = new PipeDriver(`
      export function run_spin() { const end = performance.now() + 3; while (performance.now() < end); return 1; }`);
    await pipe.ready();
    pipe.send(...Array.from({ length: 200 }, (_, n) => ({ id: `s${n}`, algorithm: 'spin', args: {} })));
    await until('the first is answered', () => pipe.answers.length > 0, { everyMs: 1 });
    pipe.send({ cancel: 's199' });
    expect((await pipe.end('s199')).error?.error_type).toBe('Cancelled');
  });

  test('an answer does not wait for the slow run behind it', async () => {
    const pipe = new PipeDriver(`
      export function run_fast() { return 1; }
      export function run_slow() { const end = performance.now() + 1500; while (performance.now() < end); return 2; }`);
    await pipe.ready();
    pipe.send({ id: 'fast', algorithm: 'fast', args: {} }, { id: 'slow', algorithm: 'slow', args: {} });
    await pipe.end('fast');
    expect(pipe.of('slow')).toEqual([]);
    expect((await pipe.end('slow')).result).toBe(2);
  });

  test('answers of one turn arrive together', async () => {
    const pipe = new PipeDriver('export async function run_echo(n) { return n; }', {});
    await pipe.ready();
    await pipe.run('echo', { n: 0 });
    const before = pipe.reads;
    pipe.send(...Array.from({ length: 16 }, (_, n) => ({ id: `e${n}`, algorithm: 'echo', args: { n } })));
    await pipe.end('e15');
    expect(pipe.reads - before).toBeLessThan(8);
  });
});

describe('the end', () => {
  const teardown = `
    export async function teardown() { await new Promise((r) => setTimeout(r, 20)); process.stderr.write('torn down'); }
    export async function run_slow() { await new Promise((r) => setTimeout(r, 200)); return 'done'; }`;

  test('of input lets running work finish, then tears down and exits with 0', async () => {
    const pipe = new PipeDriver(teardown);
    await pipe.ready();
    pipe.send({ id: 's', algorithm: 'slow', args: {} });
    pipe.child.stdin?.end();
    expect((await pipe.end('s')).result).toBe('done');
    await until('the pipe has ended', () => pipe.exit);
    expect(pipe.exit).toEqual({ code: 0, signal: null });
    expect(pipe.stderr).toBe('torn down');
  });

  test('by SIGTERM tears down too', async () => {
    const pipe = new PipeDriver(teardown);
    await pipe.ready();
    pipe.child.kill('SIGTERM');
    await until('the pipe has ended', () => pipe.exit);
    expect(pipe.exit).toEqual({ code: 143, signal: null });
    expect(pipe.stderr).toBe('torn down');
  });

  test('by SIGTERM comes at once for a function that blocks, where there is nothing to tear down', async () => {
    const pipe = new PipeDriver(`export function run_block(ctx) { ctx.log('blocking'); for (;;); }`);
    await pipe.ready();
    pipe.send({ id: 'b', algorithm: 'block', args: {} });
    await until('it blocks', () => pipe.of('b').length > 0);
    pipe.child.kill('SIGTERM');
    await until('the pipe has ended', () => pipe.exit);
    expect(pipe.exit?.signal).toBe('SIGTERM');
  });
});
