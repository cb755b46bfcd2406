import type Database from 'libsql';
import { RunyardError } from '../errors/index.js';

/** What may be bound and what comes back. Other kinds (buffers, booleans) abort the process inside the native module. */
export type SqlValue = string | number | null;
export type SqlRow = readonly SqlValue[];

export interface RunInfo {
  changes: number;
  lastInsertRowid: number;
}

type NativeStatement = Database.Statement<SqlValue[][]>;

/**
 * A prepared statement. Rows are arrays in the order of the columns.
 *
 * Numbers are bound as floating point: they become integers only in INTEGER columns, so never put one into text
 * by SQL. A text that holds a NUL character is read back only up to it: keep free text as JSON, which escapes it.
 */
export class Statement<Row extends SqlRow = SqlRow> {
  readonly #prepare: () => NativeStatement;
  #native: NativeStatement | undefined;

  constructor(prepare: () => NativeStatement) {
    this.#prepare = prepare;
  }

  /** Executes it and gives how many rows it changed. */
  run(params: readonly SqlValue[]): RunInfo {
    return this.#execute(params, (native, bound) => native.run(bound) as RunInfo);
  }

  /** The first row, or undefined when there is none. */
  get(params: readonly SqlValue[]): Row | undefined {
    return this.#execute(params, (native, bound) => native.get(bound) as Row | undefined);
  }

  all(params: readonly SqlValue[]): Row[] {
    return this.#execute(params, (native, bound) => native.all(bound) as Row[]);
  }

  /** Lets the native statement go; it is prepared again when it is used again. */
  forget(): void {
    this.#native = undefined;
  }

  #execute<T>(params: readonly SqlValue[], execute: (native: NativeStatement, bound: SqlValue[]) => T): T {
    assertBindable(params);
    this.#native ??= this.#prepare();
    try {
      return execute(this.#native, params as SqlValue[]);
    } catch (error) {
      // A native statement that failed once repeats that failure for ever.
      this.forget();
      throw error;
    }
  }
}

function assertBindable(params: readonly SqlValue[]): void {
  for (let index = 0; index < params.length; index++) {
    const value: unknown = params[index];
    if (typeof value === 'string' || value === null || (typeof value === 'number' && Number.isFinite(value)))
      continue;
    throw new RunyardError(
      'internal',
      `Expected a text, a finite number or null as SQL parameter ${index + 1}, got ${describeValue(value)}.`,
    );
  }
}

function describeValue(value: unknown): string {
  return typeof value === 'number' ? String(value) : Object.prototype.toString.call(value);
}
