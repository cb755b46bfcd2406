import pg, { type QueryArrayConfig } from 'pg';

/** SQL that is prepared once per connection, under its name. */
export interface Statement<Row extends unknown[]> {
  name: string;
  text: string;
  /** Never set: carries the type of a row. */
  row?: Row;
}

export type SqlValue = string | number | Buffer | null;

const BIGINT = 20;
const NUMERIC = 1700;

/** Counts and times fit in a number. */
const types: NonNullable<QueryArrayConfig['types']> = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): ((value: string) => unknown) =>
    oid === BIGINT || oid === NUMERIC
      ? Number
      : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
};

export function createStatement<Row extends unknown[] = unknown[]>(
  name: string,
  text: string,
): Statement<Row> {
  return { name: `runyard ${name}`, text };
}

export function toQuery({ name, text }: Statement<unknown[]>, values: SqlValue[]): QueryArrayConfig {
  return { name, text, values, rowMode: 'array', types };
}
