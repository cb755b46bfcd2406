import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { resolveSettings } from '../../src/config/index.js';
import { createYard, type Yard, type YardEvent, type YardOptions } from '../../src/yard/index.js';
import { until } from '../until.js';

const GREET = (word: string): string => `
/** Greets somebody. */
export function run_greet(name: string): string {
  return '${word} ' + name;
}
`;

let dir: string;
let yard: Yard;
let client: RunyardClient;
let events: YardEvent[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'runyard-drop-'));
  await open(true);
});

async function open(watch: YardOptions['watch']): Promise<void> {
  events = [];
  yard = await createYard({
    dirs: [dir],
    settings: resolveSettings([
      { name: 'test', values: { gateway: { port: 0 }, discovery: { port: 0 }, runner: { port: 0 } } },
    ]),
    dataDir: join(dir, '.data'),
    env: process.env,
    ...(watch !== undefined && { watch }),
    onEvent: (event) => events.push(event),
  });
  client = createClient({ url: yard.gatewayUrl });
}

afterEach(async () => {
  await yard.close();
  await rm(dir, { recursive: true, force: true, maxRetries: 10 });
});

async function drop(name: string, file: string, code: string): Promise<void> {
  await mkdir(join(dir, name), { recursive: true });
  await writeFile(join(dir, name, file), code);
}

async function offered(algorithm: string): Promise<void> {
  await until(
    () => `${algorithm} is offered; events: ${JSON.stringify(events)}`,
    async () => (await client.algorithms()).some(({ name }) => name === algorithm),
  );
}

/** The first thing told of a project's problem; an empty folder is told of as well. */
function findProblem(name: string): YardEvent | undefined {
  return events.find((event) => event.type === 'problem' && event.name === name);
}

async function get(path: string): Promise<unknown> {
  return (await fetch(yard.gatewayUrl + path)).json();
}

describe('a folder dropped in while the yard runs', () => {
  it('in TypeScript is callable by HTTP and by queue, is in the docs, and wrong input names the field', async () => {
    await drop('greeter', 'runner_adapter.ts', GREET('Hello'));
    await offered('greet');
    expect(await client.run('greet', { name: 'Ada' })).toBe('Hello Ada');
    const task = await client.submit('greet', { name: 'Grace' });
    expect(await client.wait(task.id)).toMatchObject({ state: 'succeeded', result: 'Hello Grace' });
    expect(await get('/schemas')).toMatchObject({ greet: { properties: { name: { type: 'string' } } } });
    expect(JSON.stringify(await get('/openapi.json'))).toContain('/run/greet');
    for (const args of [{ name: 7 }, {}, { name: 'x', nmae: 'y' }]) {
      const response = await fetch(`${yard.gatewayUrl}/run/greet`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(args),
      });
      expect(response.status).toBe(400);
      const { errors } = (await response.json()) as { errors: { path: string; message: string }[] };
      expect(JSON.stringify(errors)).toMatch(/name|nmae/);
    }
  });

  it('in Python is callable as well', async () => {
    await drop(
      'shouter',
      'runner_adapter.py',
      'def run_shout(text: str, marks: int = 1) -> str:\n    """Louder."""\n    return text.upper() + "!" * marks\n',
    );
    await offered('shout');
    expect(await client.run('shout', { text: 'hey', marks: 2 })).toBe('HEY!!');
    const task = await client.submit('shout', { text: 'ho' });
    expect(await client.wait(task.id)).toMatchObject({ state: 'succeeded', result: 'HO!' });
  });

  it('that cannot be described is told of with file and argument, and comes up once mended', async () => {
    await drop('bad', 'runner_adapter.ts', 'export function run_bad(then: () => void): void { then(); }\n');
    const problem = await until('the problem is told', () => findProblem('bad'));
    expect(problem).toMatchObject({ kept: false });
    expect(problem.type === 'problem' && problem.error.message).toMatch(/runner_adapter\.ts.*run_bad.*then/s);
    await drop('bad', 'runner_adapter.ts', 'export function run_good(): string { return "well"; }\n');
    await offered('good');
  });

  it('is no longer offered when it is taken away', async () => {
    await drop('greeter', 'runner_adapter.ts', GREET('Hello'));
    await offered('greet');
    await rm(join(dir, 'greeter'), { recursive: true, maxRetries: 10 });
    await until('it is gone', async () => (await client.algorithms()).length === 0);
  });
});

describe('a yard that follows folders only', () => {
  it('takes up new ones, also when mended, ends those taken away, and leaves edits alone', async () => {
    await yard.close();
    await open('folders');
    await drop('greeter', 'runner_adapter.ts', GREET('Hello'));
    await offered('greet');
    await drop('greeter', 'runner_adapter.ts', GREET('Salut'));
    await drop('other', 'runner_adapter.ts', 'export function run_bad(then: () => void): void { then(); }\n');
    await until('the problem is told', () => findProblem('other'));
    await drop('other', 'runner_adapter.ts', 'export function run_good(): string { return "well"; }\n');
    await offered('good');
    expect(await client.run('greet', { name: 'Ada' })).toBe('Hello Ada');
    await rm(join(dir, 'other'), { recursive: true, maxRetries: 10 });
    await until('it is gone', async () => (await client.algorithms()).length === 1);
  });
});

describe('an edited adapter', () => {
  it('is live soon, also after an atomic save, and drops no running request', async () => {
    await drop('greeter', 'runner_adapter.ts', GREET('Hello') + SLOW);
    await offered('greet');
    const slow = client.run('slow', {});
    await drop('greeter', 'new.tmp', GREET('Salut') + SLOW);
    await rename(join(dir, 'greeter', 'new.tmp'), join(dir, 'greeter', 'runner_adapter.ts'));
    await until(
      'the new version answers',
      async () => (await client.run('greet', { name: 'Ada' })) === 'Salut Ada',
    );
    expect(await slow).toBe('done');
  });

  it('that is broken keeps the last good version and tells the error', async () => {
    await drop('greeter', 'runner_adapter.ts', GREET('Hello'));
    await offered('greet');
    await drop('greeter', 'runner_adapter.ts', 'export function run_greet(name: string { return }\n');
    const problem = await until('the problem is told', () => findProblem('greeter'));
    expect(problem).toMatchObject({ kept: true });
    expect(await client.run('greet', { name: 'Ada' })).toBe('Hello Ada');
    await drop('greeter', 'runner_adapter.ts', GREET('Again'));
    await until(
      'the mended version answers',
      async () => (await client.run('greet', { name: 'Ada' })) === 'Again Ada',
    );
  });
});

describe('an algorithm that blocks its process', () => {
  it('delays no other algorithm, no health check and no cancel', async () => {
    await drop('blocker', 'runner_adapter.ts', BLOCK);
    await drop('greeter', 'runner_adapter.ts', GREET('Hello'));
    await offered('block');
    await offered('greet');
    const blocked = await Promise.all([1, 2, 3, 4, 5].map(() => client.submit('block', { ms: 60_000 })));
    await until('one is running', async () => (await client.task(blocked[0]?.id ?? '')).state === 'running');

    const started = performance.now();
    expect(await client.run('greet', { name: 'Ada' })).toBe('Hello Ada');
    expect(await client.run('quick', {})).toBe('quick');
    const { id } = await client.submit('quick', {});
    expect((await client.wait(id)).state).toBe('succeeded');
    expect((await client.health()).status).toBe('ok');
    expect(performance.now() - started).toBeLessThan(20_000);

    await Promise.all(blocked.map(async ({ id: each }) => client.cancel(each)));
    for (const { id: each } of blocked) expect((await client.wait(each)).state).toBe('cancelled');
    expect(performance.now() - started).toBeLessThan(50_000);
  }, 180_000);
});

const SLOW = `
export async function run_slow(): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return 'done';
}
`;

const BLOCK = `
export function run_block(ms: number): void {
  const end = Date.now() + ms;
  while (Date.now() < end);
}
export function run_quick(): string {
  return 'quick';
}
`;
