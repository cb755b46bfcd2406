import type { ClientBase } from 'pg';
import { RunyardError } from '../../errors/index.js';
import type { ServerName } from './postgres-failure.js';

export interface Migration {
  schema: string;
  /** Step N leads from version N to N + 1. */
  steps: readonly string[];
  server: ServerName;
}

/**
 * Brings the tables of a schema up to date. Each step runs once, whichever of several starting processes comes first:
 * the others wait for its lock. A connection that breaks meanwhile leaves nothing half done.
 * @throws RunyardError `data_unusable` when the tables were made by a newer version, or the database is not in UTF-8
 */
export async function migrate(client: ClientBase, migration: Migration): Promise<void> {
  await assertUsable(client, migration.server);
  if ((await readVersion(client, migration)) === migration.steps.length) return;
  const { schema, steps } = migration;
  await client.query('BEGIN');
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtextextended('runyard ' || $1, 0))", [schema]);
    await client.query('SET LOCAL statement_timeout = 0');
    await createVersionTable(client, schema);
    const version = await readVersion(client, migration);
    for (const step of steps.slice(version)) await client.query(step);
    await client.query(
      `INSERT INTO runyard_schema VALUES ('store', $1) ON CONFLICT (part) DO UPDATE SET version = $1`,
      [steps.length],
    );
    await client.query('COMMIT');
  } catch (error) {
    // Whatever broke the transaction is what the caller is to hear of, not that it cannot be rolled back.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/** A server in recovery would only say so at the first write. */
async function assertUsable(client: ClientBase, { address, database }: ServerName): Promise<void> {
  const { rows } = await client.query<{ encoding: string }>(
    "SELECT current_setting('server_encoding') AS encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding === 'UTF8') return;
  throw new RunyardError(
    'data_unusable',
    `Expected database "${database}" at ${address} to be in UTF8, but it is in ${encoding}: make one with createdb --encoding=UTF8 --template=template0.`,
  );
}

/** Asks first: who may not create schemas may still use one that is there. */
async function createVersionTable(client: ClientBase, schema: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`CREATE SCHEMA ${client.escapeIdentifier(schema)}`);
  await client.query(
    'CREATE TABLE IF NOT EXISTS runyard_schema (part text PRIMARY KEY, version integer NOT NULL)',
  );
}

async function readVersion(
  client: ClientBase,
  { schema, steps, server: { address, database } }: Migration,
): Promise<number> {
  const table = `${client.escapeIdentifier(schema)}.runyard_schema`;
  const found = await client.query<{ isThere: boolean }>('SELECT to_regclass($1) IS NOT NULL AS "isThere"', [
    table,
  ]);
  if (found.rows[0]?.isThere !== true) return 0;
  const { rows } = await client.query<{ version: number }>(
    `SELECT version FROM ${table} WHERE part = 'store'`,
  );
  const version = rows[0]?.version ?? 0;
  if (version <= steps.length) return version;
  throw new RunyardError(
    'data_unusable',
    `Schema "${schema}" of database "${database}" at ${address} was made by a newer version: its tables have version ` +
      `${version}, this program knows up to ${steps.length}. Use the newer program, or another schema or database.`,
  );
}
