import pg from 'pg';

/** What a PostgreSQL server has done since it started. */
export interface PostgresWork {
  /** Bytes of its log, which has every change before the tables do. */
  logBytes: number;
  /** Times it has made sure that its log is on the disk. */
  syncs: number;
  /** Transactions. */
  commits: number;
  /** Bytes of the tables of one schema with their indexes. */
  tableBytes: number;
}

/** Counts reach those who read them about a second after. */
const COUNTED_AFTER_MS = 2_000;

const READ = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS "logBytes",
  (SELECT wal_sync FROM pg_stat_wal)::float8 AS syncs,
  (SELECT sum(xact_commit) FROM pg_stat_database)::float8 AS commits,
  (SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0) FROM pg_class
   JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind = 'r')::float8 AS "tableBytes"`;

export async function readPostgresWork(url: string, schema: string): Promise<PostgresWork> {
  await new Promise((resolve) => setTimeout(resolve, COUNTED_AFTER_MS));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<PostgresWork>(READ, [schema]);
    if (!rows[0]) throw new Error('expected one row of counts');
    return rows[0];
  } finally {
    await client.end();
  }
}
