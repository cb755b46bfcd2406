import { RunyardError } from '../errors/index.js';

/** @throws RunyardError `malformed_request` */
export function assertLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return;
  throw new RunyardError('malformed_request', `Expected a limit from 1 to 1000, got ${limit}.`);
}

/** @param seq place of the last task of a page in the order of arrival */
export function encodeCursor(seq: number): string {
  return Buffer.from(`s${seq}`).toString('base64url');
}

/** @throws RunyardError `malformed_request` for a cursor that was never given */
export function decodeCursor(cursor: string): number {
  const match = /^s(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match) return Number(match[1]);
  throw new RunyardError(
    'malformed_request',
    `Expected the cursor that the page before gave as "next", got "${cursor}".`,
  );
}
