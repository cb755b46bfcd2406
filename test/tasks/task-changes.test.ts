import { expect, test } from 'vitest';
import type { TaskState } from '../../src/protocol/index.js';
import { TaskChanges } from '../../src/tasks/task-changes.js';

type Listener = (state?: TaskState) => void;

/** A store that tells of changes when the test says so. */
function createWatchable() {
  const listeners = new Set<Listener>();
  return {
    listeners,
    change: (state?: TaskState) => listeners.forEach((listener) => listener(state)),
    watch: (_id: string, listener: Listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

test('changes that come while the reader is busy are not missed, and count once', async () => {
  const store = createWatchable();
  const changes = new TaskChanges(store, 'x');
  store.change();
  store.change();
  await changes.next();
  let isOver = false;
  const next = changes.next().then(() => (isOver = true));
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  store.change();
  await next;
  changes.close();
  expect(store.listeners.size).toBe(0);
});

test('known states that nobody waits for wake nobody, unknown ones do', async () => {
  const store = createWatchable();
  const changes = new TaskChanges(store, 'x', undefined, (state) => state === 'dead');
  store.change('running');
  let isOver = false;
  const next = changes.next().then(() => (isOver = true));
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  store.change('dead');
  await next;
  store.change();
  await changes.next();
  changes.close();
});

test('a wait ends when its time is over', async () => {
  const changes = new TaskChanges(createWatchable(), 'x');
  await changes.next(5);
  changes.close();
});
