import { RunyardError } from '../../errors/index.js';

/** What was asked for cannot be had on this machine; it is never left out silently. */
export function sandboxUnavailable(what: string, why: string, advice: string): RunyardError {
  return new RunyardError('sandbox_unavailable', `This machine cannot give ${what}: ${why}; ${advice}`);
}
