import { getCatalogueEntry, type ErrorCode } from '../errors/index.js';
import type { LogLine, RunFailed, RunFailure, RunOutcome } from '../protocol/index.js';

/** A failure of a code; its class is the catalogue's. */
export function createFailure(
  code: ErrorCode,
  message: string,
  more: Omit<Partial<RunFailure>, 'class' | 'code' | 'message'> = {},
): RunFailure {
  return { class: getCatalogueEntry(code).class ?? 'failed', code, message, ...more };
}

export function failed(error: RunFailure, durationMs = 0, logs: LogLine[] = []): RunFailed {
  return { ok: false, error, logs, durationMs };
}

/** True when somebody else may take the run, and no try is burned. */
export function isBusy(outcome: RunOutcome): outcome is RunFailed {
  return !outcome.ok && outcome.error.class === 'busy';
}
