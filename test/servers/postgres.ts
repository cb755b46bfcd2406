import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { PostgresProcess } from './postgres-process.js';
import { shareServer } from './shared-server.js';

/** A place for tables that nobody else uses. */
export interface PostgresSchema {
  url: string;
  /** Not there yet; gone with everything in it after `close`. */
  schema: string;
  close: () => Promise<void>;
}

/** URL of the server tests use: the one named by RUNYARD_TEST_POSTGRES_URL, or one that is started for this run. */
export async function getPostgresUrl(): Promise<string> {
  const given = process.env['RUNYARD_TEST_POSTGRES_URL'];
  const { url } = await shareServer('postgres', async (folder) => {
    if (given) return { url: given };
    const server = await PostgresProcess.create(folder);
    await server.start();
    return { url: server.url, stopSignal: 'SIGINT', ...(server.pid !== undefined && { pid: server.pid }) };
  });
  return url;
}

export async function createPostgresSchema(): Promise<PostgresSchema> {
  const url = await getPostgresUrl();
  const schema = `test_${randomBytes(6).toString('hex')}`;
  return {
    url,
    schema,
    close: () => runSql(url, `DROP SCHEMA IF EXISTS "${schema}" CASCADE`).then(() => {}),
  };
}

/** Statements outside of any store. Gives the rows of the last. */
export async function runSql(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results: pg.QueryResult | pg.QueryResult[] = await client.query<Record<string, unknown>>(sql);
    const last = Array.isArray(results) ? (results as pg.QueryResult[]).at(-1) : results;
    return (last?.rows ?? []) as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
