import { expect, test } from 'vitest';
import { ChangeNotifier } from '../../src/store/postgres/change-notifier.js';
import type { TaskMark } from '../../src/store/postgres/task-mark.js';
import { silentLogger } from '../../src/telemetry/index.js';
import { until } from '../until.js';

function open(): { notifier: ChangeNotifier; asked: string[]; answer: () => void } {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const query = (_: unknown, values: unknown[]): Promise<never[]> => {
    asked.push(String(values[1]));
    return new Promise((resolve) => waiting.push(() => resolve([])));
  };
  const options = { server: { query }, channel: 'c', origin: 'me', logger: silentLogger };
  return { notifier: new ChangeNotifier(options), asked, answer: () => waiting.shift()?.() };
}

const running = (id: string): TaskMark => ({ id, state: 'running' });
const ended = (id: string): TaskMark => ({ id, state: 'succeeded' });

test('the end of a task is told at once, with what waited for company', () => {
  const { notifier, asked } = open();
  notifier.tell([running('a'), running('b')]);
  expect(asked).toEqual([]);
  notifier.tell([ended('c')]);
  expect(asked).toHaveLength(1);
  for (const id of ['a', 'b', 'c']) expect(asked[0]).toContain(id);
});

test('other changes gather', async () => {
  const { notifier, asked } = open();
  for (let n = 0; n < 100; n++) notifier.tell([running(`task ${n}`)]);
  await until('they are told', () => asked.length > 0);
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain('task 0');
  expect(asked[0]).toContain('task 99');
});

test('what comes while one notice is under way goes into the next, and idle waits for all', async () => {
  const { notifier, asked, answer } = open();
  notifier.tell([ended('first')]);
  notifier.tell([ended('second')]);
  notifier.tell([ended('third')]);
  let isIdle = false;
  const idle = notifier.idle().then(() => (isIdle = true));
  expect(asked).toHaveLength(1);
  answer();
  await until('the rest is told', () => asked.length === 2);
  expect(isIdle).toBe(false);
  expect(asked[1]).toContain('second');
  expect(asked[1]).toContain('third');
  answer();
  await idle;
  await notifier.idle();
});
