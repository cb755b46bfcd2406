import { setTimeout as delay } from 'node:timers/promises';
import { RunyardError } from '../../errors/index.js';
import { migrate } from './migrate.js';
import { resolveStoreOptions, type PostgresTaskStoreOptions } from './options.js';
import { classifyFailure, describeFailure, getSqlState, type ServerName } from './postgres-failure.js';
import { PostgresServer } from './postgres-server.js';
import { PostgresTaskStore } from './postgres-task-store.js';
import { STORE_SCHEMA } from './schema.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Who asks may not write there. */
const NO_PERMISSION = '42501';

/**
 * Connects, brings the tables up to date, and gives the store. A server that is not there yet is waited for.
 * @throws RunyardError `invalid_config` for a wrong URL, password or database; `data_unusable` when the tables were made
 *   by a newer version or may not be made; `store_unavailable` when the server does not come in `startTimeoutMs`
 */
export async function openPostgresTaskStore(given: PostgresTaskStoreOptions): Promise<PostgresTaskStore> {
  const options = resolveStoreOptions(given);
  const server = new PostgresServer(options);
  const end = options.startTimeoutMs === 0 ? Infinity : performance.now() + options.startTimeoutMs;
  try {
    for (let failures = 0; ; failures++) {
      const error = await tryToMigrate(server, options.schema);
      if (error === undefined) return new PostgresTaskStore(server, options);
      const fatal = toFatalError(error, server.name);
      if (fatal) throw fatal;
      const message = describeFailure(error, server.name);
      const delayMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      if (performance.now() + delayMs > end) throw unreachable(message, options.startTimeoutMs, error);
      options.logger.warn({ delayMs }, `${message} Trying again.`);
      await delay(delayMs);
    }
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** Gives the error when it failed. */
async function tryToMigrate(server: PostgresServer, schema: string): Promise<unknown> {
  let isBroken = true;
  const client = await server.connectWriter().catch((error: unknown) => ({ error }));
  if ('error' in client) return client.error;
  try {
    await migrate(client, { schema, steps: STORE_SCHEMA, server: server.name });
    isBroken = false;
    return undefined;
  } catch (error) {
    return error;
  } finally {
    client.release(isBroken);
  }
}

/** What waiting does not heal. */
function toFatalError(error: unknown, server: ServerName): RunyardError | undefined {
  if (error instanceof RunyardError) return error;
  if (classifyFailure(error) !== 'refused') return undefined;
  const code = getSqlState(error) === NO_PERMISSION ? 'data_unusable' : 'invalid_config';
  return new RunyardError(code, describeFailure(error, server), { cause: error });
}

function unreachable(message: string, startTimeoutMs: number, cause: unknown): RunyardError {
  return new RunyardError(
    'store_unavailable',
    `${message} It was tried for ${startTimeoutMs} ms (store.startTimeoutMs).`,
    { cause, retryAfterMs: 1000 },
  );
}
