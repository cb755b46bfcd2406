import { inspect } from 'node:util';

const OWN_FRAMES = new URL('.', import.meta.url).href.replace(/pipe\/$/, 'pipe');
const MAX_CAUSES = 5;

/**
 * What the parent is told of anything that was thrown.
 *
 * @param {unknown} thrown
 * @returns {{ message: string, error_type: string, stacktrace?: string, errors?: { path: string, message: string }[], status?: number | string }}
 */
export function describeThrown(thrown) {
  if (!(thrown instanceof Error))
    return { message: `Thrown, and no Error: ${inspect(thrown)}`, error_type: 'Error' };
  const described = { message: String(thrown.message), error_type: typeOf(thrown) };
  if (described.error_type === 'InvalidInput') return { ...described, ...wrongPlaces(thrown) };
  if (typeof thrown.status === 'number' || typeof thrown.status === 'string')
    described.status = thrown.status;
  return { ...described, stacktrace: stackOf(thrown) };
}

/** `name` where its author set one, else the name of the class. */
function typeOf(error) {
  if (typeof error.name === 'string' && error.name !== 'Error' && error.name !== '') return error.name;
  return error.constructor?.name || 'Error';
}

function wrongPlaces(error) {
  if (Array.isArray(error.errors)) return { errors: error.errors };
  if (typeof error.path !== 'string') return {};
  const path = error.path === '' || error.path.startsWith('/') ? error.path : `/${error.path}`;
  return { errors: [{ path, message: String(error.message) }] };
}

/** The stack with its causes, without the frames of the pipe itself. */
function stackOf(error) {
  const stacks = [];
  for (let one = error; one instanceof Error && stacks.length < MAX_CAUSES; one = one.cause) {
    const lines = String(one.stack ?? one).split('\n');
    stacks.push(lines.filter((line) => !line.includes(OWN_FRAMES)).join('\n'));
  }
  return stacks.join('\nCaused by: ');
}

/** An error the parent reported, as one that can be caught by its type's name. */
export function reviveError({ message, error_type: type, stacktrace, errors, status }) {
  const error = new Error(message);
  error.name = type;
  if (stacktrace !== undefined) error.remoteStack = stacktrace;
  if (errors !== undefined) error.errors = errors;
  if (status !== undefined) error.status = status;
  return error;
}

/** The end of a run that somebody cancelled. */
export class Cancelled extends Error {
  name = 'Cancelled';

  constructor() {
    super('The run was cancelled');
  }
}
