import { CommanderError } from 'commander';
import { RunyardError } from '../errors/index.js';

/** What scripts can trust. */
export const EXIT = {
  ok: 0,
  /** The run or task failed, or a test did not pass. */
  failed: 1,
  /** The command, its input or a setting is wrong. */
  usage: 2,
  /** No gateway, no runner, no room: worth another try later. */
  unavailable: 3,
  interrupted: 130,
} as const;

const USAGE = new Set([
  'invalid_input',
  'malformed_body',
  'malformed_request',
  'invalid_config',
  'unknown_algorithm',
  'task_not_found',
  'task_conflict',
  'project_unsupported',
  'project_invalid',
  'interpreter_missing',
  'port_in_use',
  'keys_required',
  'unauthorized',
  'forbidden',
]);

/** The exit code that tells what kind of failure it was. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof RunyardError)) return EXIT.failed;
  if (USAGE.has(error.code)) return EXIT.usage;
  const isAway = error.class === 'busy' || error.code === 'gateway_unreachable';
  return isAway ? EXIT.unavailable : EXIT.failed;
}
