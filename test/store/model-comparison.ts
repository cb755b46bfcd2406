import fc from 'fast-check';
import { expect } from 'vitest';
import type { Task, TaskError } from '../../src/protocol/index.js';
import type { AttemptEnd, TaskStore } from '../../src/store/index.js';
import { TaskModel, type ModelTask } from './task-model.js';

const IDS = ['a', 'b', 'c'];

const ERRORS: TaskError[] = [
  { class: 'failed', code: 'algorithm_error', message: 'raised' },
  { class: 'crashed', code: 'process_died', message: 'died' },
  { class: 'crashed', code: 'connection_lost', message: 'gone' },
];

const OUTCOMES = ['succeeded', 'dead', 'cancelled', 'retry', 'released'] as const;

const id = fc.constantFrom(...IDS);
const operation = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('create' as const), id }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('start' as const), id }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      id,
      outcome: fc.constantFrom(...OUTCOMES),
      error: fc.constantFrom(...ERRORS),
      isStale: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('cancel', 'expire', 'redrive'), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), id }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Runs operations on a real store and on the model, and compares what each gives and leaves. */
class Comparison {
  readonly #store: TaskStore;
  readonly #model = new TaskModel();
  readonly #tokens: string[] = [];
  #now = 1000;

  constructor(store: TaskStore) {
    this.#store = store;
  }

  async run(operation: Operation): Promise<void> {
    this.#now += 10;
    const [given, expected] = await this.#apply(operation);
    expect(given, JSON.stringify(operation)).toEqual(expected);
  }

  async #apply(operation: Operation): Promise<[unknown, unknown]> {
    const { id } = operation;
    const now = this.#now;
    switch (operation.kind) {
      case 'create': {
        const task = { algorithm: `of ${id}`, payload: {}, callbackUrl: 'https://example.com' };
        return [(await this.#store.create(id, task, now)).created, this.#model.create(id)];
      }
      case 'start': {
        const token = `token ${now}`;
        this.#tokens.push(token);
        const task = await this.#store.startAttempt(id, { token, startedAt: now, lostDeliveries: 0 });
        return [task !== undefined, this.#model.start(id, token)];
      }
      case 'end': {
        const end = this.#describeEnd(operation);
        return [await this.#store.endAttempt(id, end), this.#model.end(id, end)];
      }
      case 'cancel':
        return [await this.#store.cancel(id, now), this.#model.cancel(id)];
      case 'expire': {
        const error = { class: 'expired', code: 'expired', message: 'too late' } as const;
        return [await this.#store.expire(id, error, now), this.#model.expire(id)];
      }
      case 'redrive':
        return [(await this.#store.redrive(id, now)) !== undefined, this.#model.redrive(id)];
      default:
        return [await this.#store.prune(now, 1000), this.#model.prune()];
    }
  }

  #describeEnd({ id, outcome, error, isStale }: Extract<Operation, { outcome: string }>): AttemptEnd {
    const current = this.#model.find(id)?.token ?? 'none';
    const token = isStale ? (this.#tokens.find((one) => one !== current) ?? 'none') : current;
    const base = { token, endedAt: this.#now };
    if (outcome === 'succeeded') return { ...base, outcome, resultJson: '1' };
    if (outcome === 'retry') return { ...base, outcome, error, availableAt: this.#now };
    if (outcome === 'released') return { ...base, outcome, availableAt: this.#now };
    return { ...base, outcome, error };
  }

  async compare(): Promise<void> {
    const { tasks } = this.#model;
    for (const id of IDS)
      expect(simplify(await this.#store.get(id))).toEqual(hideCallback(this.#model.find(id)));
    const newestFirst = tasks.map((task) => task.id).reverse();
    expect((await this.#store.list({}, 100)).tasks.map((task) => task.id)).toEqual(newestFirst);
    for (const state of ['waiting', 'running', 'succeeded', 'dead', 'cancelled'] as const) {
      const listed = await this.#store.list({ state }, 100);
      const expected = newestFirst.filter((id) => this.#model.find(id)?.state === state);
      expect(listed.tasks.map((task) => task.id)).toEqual(expected);
    }
    const counts = tasks.map(({ id, state }) => ({ algorithm: `of ${id}`, state, count: 1 }));
    expect(sortByName(await this.#store.counts())).toEqual(sortByName(counts));
  }

  async compareCallbacks(): Promise<void> {
    const owed = await this.#store.claimCallbacks(this.#now, 100, 1000);
    const expected = this.#model.tasks.filter((task) => task.owesCallback).map((task) => task.id);
    expect(owed.map(({ taskId }) => taskId).sort()).toEqual(expected.sort());
  }
}

function simplify(task: Task | undefined): Omit<ModelTask, 'owesCallback'> | undefined {
  if (!task) return undefined;
  const { id, state, attemptCount, crashCount, lostCount, cancelRequested = false, attempts, error } = task;
  expect(attempts.map(({ number }) => number)).toEqual(attempts.map((_, index) => index + 1));
  expect(task.resultJson !== undefined).toBe(state === 'succeeded');
  expect(task.endedAt !== undefined).toBe(['succeeded', 'dead', 'cancelled'].includes(state));
  const open = attempts.find(({ endedAt }) => endedAt === undefined);
  const ends = attempts.map((one) => (one === open ? 'open' : (one.error?.code ?? 'ok')));
  const counts = { attemptCount, crashCount, lostCount };
  return {
    id,
    state,
    ...counts,
    cancelRequested,
    attempts: ends,
    errorCode: error?.code,
    token: open?.token,
  };
}

function hideCallback(task: ModelTask | undefined): Omit<ModelTask, 'owesCallback'> | undefined {
  if (!task) return undefined;
  const { owesCallback: _, ...rest } = task;
  return rest;
}

function sortByName<T extends { algorithm: string }>(counts: T[]): T[] {
  return [...counts].sort((a, b) => (a.algorithm < b.algorithm ? -1 : 1));
}

/**
 * Runs random operations on fresh stores, and compares every answer and everything kept with the model.
 * @param open an empty store, and how to be done with it
 */
export async function compareWithModel(
  open: () => Promise<{ store: TaskStore; close: () => Promise<void> }>,
  numRuns: number,
): Promise<void> {
  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 1, maxLength: 40 }),
    async (operations) => {
      const { store, close } = await open();
      const comparison = new Comparison(store);
      for (const one of operations) {
        await comparison.run(one);
        await comparison.compare();
      }
      await comparison.compareCallbacks();
      await close();
    },
  );
  await fc.assert(property, { numRuns });
}
