import type { PoolClient } from 'pg';
import { classifyFailure, getSqlState } from './postgres-failure.js';
import type { PostgresServer } from './postgres-server.js';
import { toQuery, type SqlValue, type Statement } from './statement.js';

/** Another statement of the transaction had failed before. */
const ABORTED = '25P02';

/** Visible to everybody at once, and on the disk before whatever is committed later. */
const BEGIN_FORGETTABLE = 'BEGIN; SET LOCAL synchronous_commit = off';

export type Request = [Statement<unknown[]>, SqlValue[]];

/** The connection broke before the answer came. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}

/**
 * Runs statements that do not need each other's rows, all or none, in one trip to the server.
 * @param options.isForgettable it is committed without waiting for the disk
 * @throws OutcomeUnknown when they may have been kept all the same; whatever else: nothing was kept
 */
export async function runBatch(
  server: PostgresServer,
  requests: readonly Request[],
  { isForgettable }: { isForgettable: boolean },
): Promise<unknown[][][]> {
  const client = await server.connectWriter();
  let isBroken = false;
  try {
    const run = ([statement, values]: Request): Promise<unknown[][]> =>
      client.query<unknown[]>(toQuery(statement, values)).then(({ rows }) => rows);
    if (requests.length === 1 && !isForgettable) return await settleAll(requests.map(run));
    const begun = client.query(isForgettable ? BEGIN_FORGETTABLE : 'BEGIN').then(() => []);
    const rows = requests.map(run);
    // After a failure this ends the transaction just as well.
    const committed = client.query('COMMIT').then(() => []);
    return (await settleAll([begun, ...rows, committed])).slice(1, -1);
  } catch (error) {
    isBroken = classifyFailure(error) === 'lost';
    if (getSqlState(error) !== undefined) throw error;
    throw new OutcomeUnknown('the connection broke before the answer came', { cause: error });
  } finally {
    client.release(isBroken);
  }
}

/** A transaction whose later statements need the rows of earlier ones. */
export async function runTransaction<T>(
  server: PostgresServer,
  work: (
    run: <Row extends unknown[]>(statement: Statement<Row>, values: SqlValue[]) => Promise<Row[]>,
  ) => Promise<T>,
): Promise<T> {
  const client = await server.connectWriter();
  let isBroken = true;
  try {
    const begun = client.query('BEGIN').then(() => undefined);
    const [, result] = await settleAll<T | undefined>([
      begun,
      work(async (statement, values) => (await client.query<never>(toQuery(statement, values))).rows),
    ]);
    await client.query('COMMIT');
    isBroken = false;
    return result as T;
  } catch (error) {
    isBroken = classifyFailure(error) === 'lost' || !(await rollBack(client));
    throw error;
  } finally {
    client.release(isBroken);
  }
}

/** Waits for all, then throws what failed first: the rest only failed along with it. */
async function settleAll<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.filter((result) => result.status === 'rejected');
  const first = failures.find(({ reason }) => getSqlState(reason) !== ABORTED) ?? failures[0];
  if (first) throw first.reason;
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

/** False when the connection is of no more use. */
async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}
