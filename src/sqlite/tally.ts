import type { SqliteDatabase } from './sqlite-database.js';
import type { CommitParticipant } from './group-commit.js';
import type { Statement } from './statement.js';

/**
 * Counts kept beside a table of rows, so that nobody has to scan it: changes are added up in memory and written once
 * per transaction, in the same transaction as the rows. The table is `(name TEXT, kind INTEGER, count INTEGER)`.
 */
export class Tally implements CommitParticipant {
  readonly #upsert: Statement;
  readonly #select: Statement<[string, number, number]>;
  readonly #changes = new Map<string, number[]>();

  constructor(database: SqliteDatabase, table: string) {
    this.#upsert = database.prepare(
      `INSERT INTO ${table} (name, kind, count) VALUES (?1, ?2, ?3)
       ON CONFLICT (name, kind) DO UPDATE SET count = count + excluded.count`,
    );
    this.#select = database.prepare(
      `SELECT name, kind, count FROM ${table} WHERE count <> 0 ORDER BY name, kind`,
    );
    database.addParticipant(this);
  }

  /** SQL of such a table, for a migration. */
  static createTable(table: string): string {
    return `CREATE TABLE ${table} (name TEXT NOT NULL, kind INTEGER NOT NULL, count INTEGER NOT NULL,
      PRIMARY KEY (name, kind)) WITHOUT ROWID;`;
  }

  /** To be called inside a write. @param kind a small integer */
  add(name: string, kind: number, change: number): void {
    let kinds = this.#changes.get(name);
    if (!kinds) this.#changes.set(name, (kinds = []));
    kinds[kind] = (kinds[kind] ?? 0) + change;
  }

  /** One more of `to`, one less of `from`. */
  move(name: string, from: number, to: number, count = 1): void {
    this.add(name, from, -count);
    this.add(name, to, count);
  }

  /** All counts that are not zero. Costs by the number of names, not of rows. */
  read(): { name: string; kind: number; count: number }[] {
    return this.#select.all([]).map(([name, kind, count]) => ({ name, kind, count }));
  }

  flush(): void {
    for (const [name, kinds] of this.#changes) {
      kinds.forEach((change, kind) => {
        if (change !== 0) this.#upsert.run([name, kind, change]);
      });
    }
    this.#changes.clear();
  }

  discard(): void {
    this.#changes.clear();
  }
}
