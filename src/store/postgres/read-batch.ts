import { textArray } from './array-param.js';
import type { PostgresServer } from './postgres-server.js';
import type { Statement } from './statement.js';

/** Rows of tasks begin with their sequence number and their id. */
type IdentifiedRow = [seq: number, id: string, ...unknown[]];

interface Asked<Row extends IdentifiedRow> {
  id: string;
  resolve: (row: Row | undefined) => void;
  reject: (error: unknown) => void;
}

/** Payloads and results come along. */
const MAX_IDS = 100;
/** Statements of one kind that may be under way at once. */
const MAX_UNDER_WAY = 2;

/** Reads single rows by id: what is asked for in one turn, and while others are under way, goes in one statement. */
export class ReadBatch<Row extends IdentifiedRow> {
  readonly #server: PostgresServer;
  /** Takes an array of ids. */
  readonly #statement: Statement<Row>;
  #waiting: Asked<Row>[] = [];
  #underWay = 0;
  #scheduled = false;

  constructor(server: PostgresServer, statement: Statement<Row>) {
    this.#server = server;
    this.#statement = statement;
  }

  /** @param id as it is kept */
  get(id: string): Promise<Row | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#underWay >= MAX_UNDER_WAY) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#read(this.#waiting.splice(0, MAX_IDS));
      if (this.#waiting.length > 0) this.#schedule();
    });
  }

  async #read(asked: readonly Asked<Row>[]): Promise<void> {
    this.#underWay += 1;
    try {
      const ids = [...new Set(asked.map(({ id }) => id))];
      const rows = await this.#server.query(this.#statement, [textArray(ids)]);
      const byId = new Map(rows.map((row) => [row[1], row]));
      for (const { id, resolve } of asked) resolve(byId.get(id));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      this.#underWay -= 1;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }
}
