import { getStateName } from '../state-code.js';
import type { TaskState } from '../../protocol/index.js';
import { bigintArray, integerArray, textArray } from './array-param.js';
import { createStatement, type SqlValue, type Statement } from './statement.js';

/** A task that has changed, and the state it came into where that is what changed. */
export interface TaskMark {
  id: string;
  state?: TaskState;
}

const COUNT = createStatement(
  'count',
  `INSERT INTO task_counts AS kept (slot, algorithm, state, count)
   SELECT $1::smallint, * FROM unnest($2::text[], $3::integer[], $4::bigint[])
   ON CONFLICT (slot, algorithm, state) DO UPDATE SET count = kept.count + excluded.count`,
);

const OWE = createStatement(
  'owe callbacks',
  `INSERT INTO task_callbacks (task, url, due_at, tries, leased)
   SELECT *, 0, false FROM unnest($1::text[], $2::text[], $3::bigint[])
   ON CONFLICT (task) DO UPDATE
     SET url = excluded.url, due_at = excluded.due_at, tries = excluded.tries, leased = excluded.leased`,
);

/** What goes along with the changes of one transaction: counts, callbacks that are owed, and who is to hear of it. */
export class ChangeEffects {
  readonly marks: TaskMark[] = [];
  readonly #counts = new Map<string, number[]>();
  readonly #owed: { task: string; url: string; dueAt: number }[] = [];

  /** A task came into `state`; `from` is undefined for a new one. @param algorithm as it is kept */
  enter(id: string, algorithm: string, from: number | undefined, state: number): void {
    if (from !== undefined) this.count(algorithm, from, -1);
    this.count(algorithm, state, 1);
    this.marks.push({ id, state: getStateName(state) });
  }

  count(algorithm: string, state: number, change: number): void {
    let states = this.#counts.get(algorithm);
    if (!states) this.#counts.set(algorithm, (states = []));
    states[state] = (states[state] ?? 0) + change;
  }

  /** A task ended; whoever asked for a callback is owed one from now on. @param url as it is kept */
  owe(task: string, url: string | null, dueAt: number): void {
    if (url !== null) this.#owed.push({ task, url, dueAt });
  }

  /** What to run at the end of the transaction: counts last, since other processes may wait for their rows. */
  getStatements(slot: number): [Statement<unknown[]>, SqlValue[]][] {
    const statements: [Statement<unknown[]>, SqlValue[]][] = [];
    if (this.#owed.length > 0) statements.push([OWE, this.#getOwed()]);
    const counts = this.#getCounts();
    if (counts.length === 0) return statements;
    const values = [
      slot,
      textArray(counts.map(({ algorithm }) => algorithm)),
      integerArray(counts.map(({ state }) => state)),
      bigintArray(counts.map(({ change }) => change)),
    ];
    return [...statements, [COUNT, values]];
  }

  #getOwed(): SqlValue[] {
    return [
      textArray(this.#owed.map(({ task }) => task)),
      textArray(this.#owed.map(({ url }) => url)),
      bigintArray(this.#owed.map(({ dueAt }) => dueAt)),
    ];
  }

  /** In one order for all, so that two transactions never wait for each other. */
  #getCounts(): { algorithm: string; state: number; change: number }[] {
    return [...this.#counts.keys()]
      .sort()
      .flatMap((algorithm) =>
        (this.#counts.get(algorithm) ?? [])
          .map((change, state) => ({ algorithm, state, change }))
          .filter(({ change }) => change !== 0),
      );
  }
}
