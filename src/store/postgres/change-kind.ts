import type { SqlValue, Statement } from './statement.js';
import type { TaskMark } from './task-mark.js';

/** One kind of change, made to many tasks by one statement. */
export interface ChangeKind<Input, Output, Row extends unknown[]> {
  statement: Statement<Row>;
  /**
   * What a power cut right after the answer may forget: whoever asked for it holds on to what makes it happen again. A few
   * of them on their own are committed without waiting for the disk; later changes never reach it before they do.
   */
  isForgettable?: true;
  /** @param slot which of the rows of each count is added to */
  encode(inputs: readonly Input[], slot: number): SqlValue[];
  /**
   * Gives what came of each input, in order: a change that does not apply is no failure. Adds to `marks` what changed.
   * Rows come in any order, and only for tasks that changed.
   */
  decode(rows: readonly Row[], inputs: readonly Input[], marks: TaskMark[]): Output[];
}

/** Finds rows by the task they are of, as it is kept. */
export function byId<Row extends [id: string, ...rest: unknown[]]>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row[0], row]));
}
