import type { PoolClient } from 'pg';
import { ChangeEffects } from './change-effects.js';
import { getSqlState } from './postgres-failure.js';
import type { PostgresServer } from './postgres-server.js';
import { toQuery, type SqlValue, type Statement } from './statement.js';

/** Another statement of the transaction had failed before. */
const ABORTED = '25P02';

/** A commit whose answer never came. */
export class CommitUncertain extends Error {
  override readonly name = 'CommitUncertain';
}

/** A transaction in the middle. Statements that do not wait for each other's rows travel together. */
export class Transaction {
  readonly effects = new ChangeEffects();
  readonly #client: PoolClient;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  async run<Row extends unknown[]>(statement: Statement<Row>, values: SqlValue[]): Promise<Row[]> {
    const { rows } = await this.#client.query<Row>(toQuery(statement, values));
    return rows;
  }
}

/**
 * Runs works in one transaction, and what follows from them (counts, callbacks) at its end.
 * @throws CommitUncertain when the connection broke before the commit was answered; whatever else: nothing was kept
 */
export async function runTransaction<T>(
  server: PostgresServer,
  slot: number,
  works: readonly ((transaction: Transaction) => Promise<T>)[],
): Promise<{ results: T[]; effects: ChangeEffects }> {
  const client = await server.connectWriter();
  let isBroken = true;
  try {
    const transaction = new Transaction(client);
    const begun = client.query('BEGIN');
    const results = await settleAll([begun.then(() => {}), ...works.map((work) => work(transaction))]);
    await commit(client, transaction, slot);
    isBroken = false;
    return { results: results.slice(1) as T[], effects: transaction.effects };
  } catch (error) {
    isBroken = getSqlState(error) === undefined || !(await rollBack(client));
    throw error;
  } finally {
    client.release(isBroken);
  }
}

async function commit(client: PoolClient, transaction: Transaction, slot: number): Promise<void> {
  const effects = transaction.effects
    .getStatements(slot)
    .map(([statement, values]) => transaction.run(statement, values));
  const committed = client.query('COMMIT').catch((error: unknown) => {
    if (getSqlState(error) !== undefined) throw error;
    throw new CommitUncertain('the connection broke before the commit was answered', { cause: error });
  });
  const kept = await settleAll([...effects, committed]);
  const { command } = kept.at(-1) as { command: string };
  if (command !== 'COMMIT') throw new Error(`Expected the transaction to be kept, got ${command}.`);
}

/** Waits for all, then throws what failed first: the rest only failed along with it. */
async function settleAll(promises: readonly Promise<unknown>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  if (failures.length > 0) throw failures.find((error) => getSqlState(error) !== ABORTED) ?? failures[0];
  return settled.map((result) => (result as PromiseFulfilledResult<unknown>).value);
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
