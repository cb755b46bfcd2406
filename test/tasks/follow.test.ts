import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TaskStoryItem } from '../../src/tasks/index.js';
import { fail, Gate, succeed } from '../controller/scripted-dispatcher.js';
import { openYard, type TestYard } from '../controller/test-yard.js';
import { until } from '../until.js';

let yard: TestYard;
beforeEach(async () => {
  yard = await openYard();
});
afterEach(() => yard.close());

async function collect(story: AsyncIterable<TaskStoryItem>): Promise<TaskStoryItem[]> {
  const items: TaskStoryItem[] = [];
  for await (const item of story) items.push(item);
  return items;
}

const seqs = (items: TaskStoryItem[]): number[] =>
  items.flatMap((item) => (item.type === 'event' ? [item.event.seq] : []));
const states = (items: TaskStoryItem[]): string[] =>
  items.flatMap((item) => (item.type === 'state' ? [item.task.state] : []));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

/** Says `count` chunks, with pauses, and ends. */
function offerTalker(algorithm: string, count: number): void {
  yard.dispatcher.offer(
    algorithm,
    async (_request, { onEvent }) => {
      for (let i = 1; i <= count; i++) {
        onEvent?.({ type: 'chunk', chunk: i });
        if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return succeed();
    },
    50,
  );
}

describe('follow', () => {
  test('tells a task’s story from waiting to its end', async () => {
    const gate = new Gate();
    yard.dispatcher.offer('a', gate.run);
    const { id } = await yard.submit('a');
    const story = collect(yard.tasks.follow(id));
    await yard.start({ settings: { backoffMs: 0 } });
    await until('the first try', () => gate.requests.length === 1);
    gate.open(fail('algorithm_error'));
    await until('the second try', () => gate.requests.length === 2);
    gate.open(succeed('x'));
    const items = await story;
    expect(states(items)[0]).toBe('waiting');
    expect(states(items)).toContain('running');
    expect(items.at(-1)).toMatchObject({ type: 'state', task: { state: 'succeeded', resultJson: '"x"' } });
    expect(states(items).filter((state) => state === 'succeeded')).toHaveLength(1);
  });

  test('replays a long story whole, long after its end', async () => {
    offerTalker('a', 1_700);
    await yard.start();
    const { id } = await yard.submit('a');
    await yard.untilEnded(id);
    const items = await collect(yard.tasks.follow(id));
    expect(seqs(items)).toEqual(upTo(1_700));
    expect(states(items)).toEqual(['succeeded']);
    expect(items.at(-1)?.type).toBe('state');
  });

  test('goes on where an earlier follower stopped', async () => {
    offerTalker('a', 20);
    await yard.start();
    const { id } = await yard.submit('a');
    await yard.untilEnded(id);
    expect(seqs(await collect(yard.tasks.follow(id, { after: 15 })))).toEqual([16, 17, 18, 19, 20]);
  });

  test('misses and doubles nothing, whenever and wherever a follower joins', async () => {
    offerTalker('a', 300);
    const other = await openYard({ dir: yard.dir, clock: yard.clock });
    await yard.start({ settings: { eventFlushMs: 2 } });
    const tasks = await Promise.all(Array.from({ length: 10 }, () => yard.submit('a')));
    const stories = await Promise.all(
      tasks.flatMap(({ id }) =>
        [0, 0, 5, 20, 60].map(async (joinAfterMs, i) => {
          await new Promise((resolve) => setTimeout(resolve, joinAfterMs));
          return collect((i % 2 ? other : yard).tasks.follow(id));
        }),
      ),
    );
    for (const items of stories) {
      expect(seqs(items)).toEqual(upTo(300));
      expect(items.at(-1)).toMatchObject({ type: 'state', task: { state: 'succeeded' } });
    }
    await other.close();
  });

  test('ends with the signal’s reason', async () => {
    const { id } = await yard.submit('a');
    const stop = new AbortController();
    const story = collect(yard.tasks.follow(id, { signal: stop.signal }));
    stop.abort(new Error('gone'));
    await expect(story).rejects.toThrow('gone');
  });

  test('leaves no watcher behind when its reader goes away', async () => {
    const { id } = await yard.submit('a');
    let open = 0;
    const watch = yard.store.watch.bind(yard.store);
    yard.store.watch = (...args) => {
      open++;
      const unwatch = watch(...args);
      return () => {
        open--;
        unwatch();
      };
    };
    for await (const item of yard.tasks.follow(id)) {
      expect(item.type).toBe('state');
      break;
    }
    await yard.tasks.wait(id, { timeoutMs: 1 });
    await expect(yard.tasks.wait(id, { signal: AbortSignal.timeout(1) })).rejects.toThrow();
    expect(open).toBe(0);
  });
});

describe('wait', () => {
  test('gives the ended task, also when it ended before', async () => {
    yard.dispatcher.offer('a', () => succeed(1));
    const { id } = await yard.submit('a');
    const waiting = yard.tasks.wait(id);
    await yard.start();
    expect(await waiting).toMatchObject({ state: 'succeeded', resultJson: '1' });
    expect(await yard.tasks.wait(id)).toMatchObject({ state: 'succeeded' });
  });

  test('gives the task as it is when the time is over', async () => {
    const { id } = await yard.submit('a');
    expect(await yard.tasks.wait(id, { timeoutMs: 20 })).toMatchObject({ state: 'waiting' });
    expect(await yard.tasks.wait(id, { timeoutMs: 0 })).toMatchObject({ state: 'waiting' });
  });

  test('ends with the signal’s reason, also when that came first', async () => {
    const { id } = await yard.submit('a');
    await expect(yard.tasks.wait(id, { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow(
      'gone',
    );
    const stop = new AbortController();
    const waiting = yard.tasks.wait(id, { signal: stop.signal });
    stop.abort(new Error('later'));
    await expect(waiting).rejects.toThrow('later');
  });

  test('sees an end that another process brings about', async () => {
    const other = await openYard({ dir: yard.dir, clock: yard.clock });
    other.dispatcher.offer('a', () => succeed('there'));
    const { id } = await yard.submit('a');
    const waiting = yard.tasks.wait(id);
    await other.start();
    expect(await waiting).toMatchObject({ resultJson: '"there"' });
    await other.close();
  });

  test('serves thousands at once', async () => {
    yard.dispatcher.offer('a', () => succeed(), 100);
    const tasks = await Promise.all(Array.from({ length: 3_000 }, () => yard.submit('a')));
    const waiting = Promise.all(tasks.map(({ id }) => yard.tasks.wait(id)));
    await yard.start();
    const ended = await waiting;
    expect(ended.every(({ state }) => state === 'succeeded')).toBe(true);
  });
});
