import {
  describeAlgoResult,
  formatAlgoError,
  formatAlgoMetadata,
  formatAlgoResult,
  formatErrorMessage,
  toAlgoError,
  type AlgoError,
} from '../http/index.js';
import type { RunOutcome } from '../protocol/index.js';
import type { Printed } from './printed.js';

export const ALIVE = formatNote('LangServer alive.');
export const STARTED = formatNote('Algorithm started.');

/** What the server itself has to say. */
export function formatNote(text: string): string {
  return JSON.stringify({ result: text });
}

/** What is wrong with a request, before any algorithm has seen it. */
export function formatSystemError(message: string): string {
  return JSON.stringify({ error: { type: 'SystemError', message } });
}

/** The end of a run, with everything that was printed since the last one. */
export function formatOutcome(outcome: RunOutcome, printed: Printed): string {
  const metadata = { durationMs: outcome.durationMs, ...printed };
  if (!outcome.ok) return formatAlgoError(toAlgoError(outcome.error), metadata);
  const { contentType, json } = outcome.written ?? describeAlgoResult(outcome.resultJson);
  return formatAlgoResult(json, { ...metadata, contentType });
}

export interface StatusUpdate {
  slotId: string | undefined;
  durationMs: number;
  printed: Printed;
  /** Why it failed; absent when it did not. */
  error?: AlgoError;
}

/** Body of a `STATUS_UPDATE`. What was printed is left out where that is nothing. */
export function formatStatus({ slotId, durationMs, printed, error }: StatusUpdate): string {
  const { stdout, stderr } = printed;
  const metadata = { durationMs, ...(stdout && { stdout }), ...(stderr && { stderr }) };
  const status = error === undefined ? 'Successful' : 'Failed';
  return (
    `{"slot_id":${JSON.stringify(slotId ?? null)},"status":"${status}",` +
    `"metadata":${formatAlgoMetadata(metadata)},"error":${error ? formatErrorMessage(error) : 'null'}}`
  );
}
