import type { SqliteDatabase, Statement } from '../../sqlite/index.js';
import type { ConsumerIdentity } from './consumer-identity.js';

export interface Consumer extends ConsumerIdentity {
  id: number;
  name: string;
  leaseMs: number;
  /** Grows while it lives and holds messages. */
  renewals: number;
}

type ConsumerRow = [
  id: number,
  name: string,
  leaseMs: number,
  renewals: number,
  host: string,
  boot: string | null,
  pidNamespace: string | null,
  pid: number,
  started: string | null,
];

/** Everyone who holds, or lately held, messages. Ids are never used twice. */
export class ConsumerTable {
  readonly #insert: Statement<[number]>;
  readonly #find: Statement<[number]>;
  readonly #renew: Statement;
  readonly #delete: Statement;
  readonly #others: Statement<ConsumerRow>;

  constructor(database: SqliteDatabase) {
    this.#insert = database.prepare(
      `INSERT INTO queue_consumers (instance, name, lease_ms, renewals, host, boot, pid_namespace, pid, started)
       VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?) RETURNING id`,
    );
    this.#find = database.prepare('SELECT id FROM queue_consumers WHERE instance = ?');
    this.#renew = database.prepare('UPDATE queue_consumers SET renewals = renewals + 1 WHERE id = ?');
    this.#delete = database.prepare(
      'DELETE FROM queue_consumers WHERE id = ?1 AND (?2 IS NULL OR renewals = ?2)',
    );
    this.#others = database.prepare(
      'SELECT id, name, lease_ms, renewals, host, boot, pid_namespace, pid, started FROM queue_consumers WHERE id <> ?',
    );
  }

  /** The row of this instance; a new one with a new id when others have taken the last for lost. */
  ensure(instance: string, name: string, leaseMs: number, identity: ConsumerIdentity): number {
    const { host, boot, pidNamespace, pid, started } = identity;
    const row =
      this.#find.get([instance]) ??
      this.#insert.get([instance, name, leaseMs, host, boot, pidNamespace, pid, started]);
    return row?.[0] ?? 0;
  }

  /** False when it has been taken for lost. */
  renew(id: number): boolean {
    return this.#renew.run([id]).changes > 0;
  }

  /** @param renewals only when it has not renewed since */
  remove(id: number, renewals?: number): boolean {
    return this.#delete.run([id, renewals ?? null]).changes > 0;
  }

  getOthers(id: number | undefined): Consumer[] {
    return this.#others
      .all([id ?? 0])
      .map(([id, name, leaseMs, renewals, host, boot, pidNamespace, pid, started]) => ({
        id,
        name,
        leaseMs,
        renewals,
        host,
        boot,
        pidNamespace,
        pid,
        started,
      }));
  }
}
