import { describeError, RunyardError } from '../../errors/index.js';

/** How a server is named in messages: never with its password. */
export interface ServerName {
  /** `host:port` */
  address: string;
  database: string;
  user: string;
}

/**
 * - `lost`: no connection, or it broke.
 * - `conflict`: of two transactions one was given up; the same again will do.
 * - `refused`: the server lets nobody in, or not this user to this place, before somebody changes a setting.
 * - `server`: the server cannot do it now: disk full, read-only, out of time.
 * - `data`: this very content cannot be kept.
 */
export type FailureKind = 'lost' | 'conflict' | 'refused' | 'server' | 'data';

const KIND_BY_STATE: readonly [RegExp, FailureKind][] = [
  [/^(?:08|57P0[123]|25P03|53300)/, 'lost'],
  [/^(?:40|55P03)/, 'conflict'],
  [/^(?:28|3D|3F|42)/, 'refused'],
  [/^(?:21|22|23|54)/, 'data'],
];

/** The five characters PostgreSQL gives each kind of error, when it was PostgreSQL who gave it. */
export function getSqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('severity' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

export function classifyFailure(error: unknown): FailureKind {
  const state = getSqlState(error);
  if (state !== undefined) return KIND_BY_STATE.find(([states]) => states.test(state))?.[1] ?? 'server';
  // What cannot even be written into a message to the server.
  return error instanceof RangeError || error instanceof TypeError ? 'data' : 'lost';
}

/** The error a caller sees when the server did not take (or give) what was asked. */
export function createUnavailableError(error: unknown, server: ServerName, isCertain = true): RunyardError {
  if (error instanceof RunyardError) return error;
  if (classifyFailure(error) === 'data') return createContentError(error);
  const fate = isCertain
    ? 'Nothing of this was kept; try again.'
    : 'It may have been kept all the same: look, or try again with the same id or key.';
  return new RunyardError('store_unavailable', `${describeFailure(error, server)} ${fate}`, {
    cause: error,
    retryAfterMs: 1000,
  });
}

function createContentError(error: unknown): RunyardError {
  return new RunyardError('internal', `A change was refused by the database: ${describeError(error)}.`, {
    cause: error,
  });
}

/** What was expected, what came, and what to do. */
export function describeFailure(error: unknown, server: ServerName): string {
  const { address, database, user } = server;
  const place = `PostgreSQL at ${address}`;
  const state = getSqlState(error) ?? getSystemCode(error);
  switch (state) {
    case 'ECONNREFUSED':
      return `Expected ${place}, but nothing listens there: start it, or correct store.url.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `Expected ${place}, but this host name is not known: correct store.url, or the name service.`;
    case '28P01':
      return `${place} refused the password of user "${user}": correct it in store.url.`;
    case '28000':
      return `${place} lets user "${user}" not into database "${database}" (${describeError(error)}): correct store.url, or pg_hba.conf of the server.`;
    case '3D000':
      return `Expected database "${database}" at ${place}, but there is none: create it (createdb ${database}), or correct store.url.`;
    case '42501':
      return `User "${user}" may not do that in database "${database}" at ${place} (${describeError(error)}): let it own the schema (GRANT CREATE ON DATABASE "${database}" TO "${user}").`;
    case '25006':
      return `Expected to write to database "${database}" at ${place}, but it is read-only: name the primary in store.url, or end its read-only mode.`;
    case '53100':
      return `Expected room for database "${database}", but the disk of ${place} is full: free some space.`;
    case '53300':
      return `${place} has no connection left (${describeError(error)}): raise its max_connections, or lower store.connections.`;
    case '57P03':
      return `${place} takes no connections yet (${describeError(error)}): it starts, stops or recovers.`;
    case '57014':
      return `${place} did not finish in time (store.statementTimeoutMs): look for locks and for load there.`;
    default:
      return state === undefined || getSqlState(error) === undefined
        ? `Expected an answer of ${place}, but the connection failed: ${describeError(error)}.`
        : `${place} could not do it: ${describeError(error)} (${state}).`;
  }
}

/** An attempt at several addresses of one name fails with the errors of all. */
function getSystemCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) return getSystemCode(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
