import pg, { type ClientBase, type Pool, type PoolClient, type PoolConfig } from 'pg';
import type { Logger } from '../../telemetry/index.js';
import type { ResolvedStoreOptions } from './options.js';
import { classifyFailure, createUnavailableError, type ServerName } from './postgres-failure.js';
import { toQuery, type SqlValue, type Statement } from './statement.js';

/** Beyond the server's own time limit, after which the connection itself is taken for dead. */
const ANSWER_MARGIN_MS = 5_000;

/**
 * Plans that go by the indexes made for them, in their order, whatever the statistics of a table that has just grown say:
 * a bitmap of all tasks of an owner, to be sorted for the newest 50, is what the planner would take otherwise.
 */
const READ_SETTINGS = ['jit = off', 'enable_seqscan = off', 'enable_bitmapscan = off'];
/** One plan for every batch: its arrays meet the tables by their keys. */
const WRITE_SETTINGS = [
  ...READ_SETTINGS,
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'plan_cache_mode = force_generic_plan',
];

/** The connections of one process to its database: some for batches of changes, some for everything else. */
export class PostgresServer {
  readonly name: ServerName;
  readonly #writers: Pool;
  readonly #readers: Pool;
  readonly #options: ResolvedStoreOptions;
  readonly #logger: Logger;
  #closed: Promise<void> | undefined;

  constructor(options: ResolvedStoreOptions) {
    this.#options = options;
    this.#logger = options.logger;
    this.#writers = this.#createPool({ max: options.lanes, pipeline: true }, WRITE_SETTINGS);
    this.#readers = this.#createPool({ max: options.connections - options.lanes }, READ_SETTINGS);
    this.name = nameServer(this.createClient());
  }

  /** A connection of its own, not yet connected. */
  createClient(): pg.Client {
    return new pg.Client({ ...this.#getConfig(), application_name: 'runyard listener' });
  }

  /** One statement on its own, tried again when it met a connection that had broken unnoticed: only for what may run twice. */
  async query<Row extends unknown[]>(statement: Statement<Row>, values: SqlValue[]): Promise<Row[]> {
    try {
      return await this.#queryOnce(statement, values);
    } catch (error) {
      if (this.#closed || classifyFailure(error) !== 'lost') throw createUnavailableError(error, this.name);
      return await this.#queryOnce(statement, values).catch((again: unknown) => {
        throw createUnavailableError(again, this.name);
      });
    }
  }

  async #queryOnce<Row extends unknown[]>(statement: Statement<Row>, values: SqlValue[]): Promise<Row[]> {
    const { rows } = await this.#readers.query<Row>(toQuery(statement, values));
    return rows;
  }

  /** A connection for a transaction; give it back with `release`, or with `release(true)` when it may be broken. */
  connectWriter(): Promise<PoolClient> {
    return this.#writers.connect();
  }

  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#writers.end(), this.#readers.end()]).then(() => {});
    return this.#closed;
  }

  #createPool(config: PoolConfig, settings: readonly string[]): Pool {
    // The pool waits for it, though its types do not say so.
    const onConnect = (client: ClientBase): unknown => this.#prepare(client, settings);
    const pool = new pg.Pool({
      ...this.#getConfig(),
      application_name: 'runyard',
      idleTimeoutMillis: 60_000,
      ...config,
      onConnect,
    });
    pool.on('error', (error) => this.#logger.debug({ err: error }, 'an idle database connection broke'));
    // One that is in use tells its error to whoever waits for an answer; without a listener it would end the process.
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  }

  /** What is kept must survive a power cut, even where the server is told to be less strict. */
  async #prepare(client: ClientBase, settings: readonly string[]): Promise<void> {
    const { schema, statementTimeoutMs } = this.#options;
    const all = [
      `search_path = ${client.escapeIdentifier(schema)}`,
      `statement_timeout = ${statementTimeoutMs}`,
      `idle_in_transaction_session_timeout = ${statementTimeoutMs}`,
      ...settings,
    ];
    const sync = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;
    await client.query([...all.map((setting) => `SET ${setting}`), sync].join('; '));
  }

  #getConfig(): PoolConfig {
    const { url, connectTimeoutMs, statementTimeoutMs } = this.#options;
    return {
      connectionString: url,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    };
  }
}

function nameServer({ host, port, database = '', user = '' }: pg.Client): ServerName {
  return { address: `${host}:${port}`, database, user };
}
