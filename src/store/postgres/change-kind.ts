import type { Transaction } from './transaction.js';

/** One kind of change, made to many tasks at once. */
export interface ChangeKind<Input, Output> {
  /** Changes different tasks, and gives what came of each, in order. A change that does not apply is no failure. */
  apply(transaction: Transaction, inputs: readonly Input[]): Promise<Output[]>;
}

/** Finds the rows that answer inputs, by what both call the task. */
export function byId<Row extends [id: string, ...rest: unknown[]]>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row[0], row]));
}
