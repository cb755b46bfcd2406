import { existsSync } from 'node:fs';
import { getCatalogueEntry, RunyardError, type ErrorCode } from '../errors/index.js';
import type { LaunchCommand } from '../langpack/index.js';
import type { FieldError, PipeError, RunFailure } from '../protocol/index.js';
import { describeFieldErrors } from '../validation/index.js';
import type { ChildExit } from './child-process.js';

/** HTTP statuses of the 400s that a later try may not get again. */
const PASSING_STATUSES = new Set([408, 425, 429]);

/** A failure with the class its code has in the catalogue. */
export function createFailure(
  code: ErrorCode,
  message: string,
  more: Omit<RunFailure, 'class' | 'code' | 'message'> = {},
): RunFailure {
  return { class: getCatalogueEntry(code).class ?? 'failed', code, message, ...more };
}

export function createInputFailure(errors: FieldError[]): RunFailure {
  const message = `The arguments do not fit the schema: ${describeFieldErrors(errors)}`;
  return createFailure('invalid_input', message, { errors });
}

/** The failure in anything thrown; an error of our own keeps its code. */
export function toFailure(error: unknown): RunFailure {
  if (error instanceof RunyardError) return createFailure(error.code, error.message);
  return createFailure('internal', error instanceof Error ? error.message : String(error));
}

/** What an error that a child answered means for the run. */
export function toAlgorithmFailure(error: PipeError): RunFailure {
  const { message, error_type: errorType, stacktrace, errors, status } = error;
  const details = { errorType, ...(stacktrace !== undefined && { stacktrace }) };
  if (errorType === 'InvalidInput') {
    return createFailure('input_refused', message, { ...details, ...(errors && { errors }) });
  }
  if (errorType === 'RequestError') {
    return createFailure(isFinal(status) ? 'input_unfetchable' : 'input_unreachable', message, details);
  }
  if (errorType === 'InvalidOutput') return createFailure('invalid_output', message, details);
  return createFailure('algorithm_error', message, details);
}

function isFinal(status: number | string | undefined): boolean {
  const code = typeof status === 'string' ? Number(status) : status;
  return code !== undefined && code >= 400 && code < 500 && !PASSING_STATUSES.has(code);
}

/** `exited with code 3`, `was killed by SIGKILL`. */
export function describeExit(exit: ChildExit): string {
  if (exit.error) return `could not be started: ${exit.error.message}`;
  if (exit.signal === null) return `exited with code ${exit.code}`;
  return `was killed by ${exit.signal}${exit.signal === 'SIGKILL' ? ' (often for want of memory)' : ''}`;
}

/** Why a child that never became ready did not. */
export function createStartError(exit: ChildExit, launch: LaunchCommand): RunyardError {
  const options = exit.error ? { cause: exit.error } : {};
  if (exit.error && 'code' in exit.error && exit.error.code === 'ENOENT') {
    // The system reports a missing command and a missing directory alike.
    if (existsSync(launch.cwd)) {
      const message = `${launch.command} is not installed, or not on the PATH the processes see`;
      return new RunyardError('interpreter_missing', message, options);
    }
    return new RunyardError('project_setup_failed', `The folder ${launch.cwd} is not there`, options);
  }
  const printed = exit.tail.length > 0 ? `:\n${exit.tail.join('\n')}` : ' and printed nothing';
  const message = `The process ${describeExit(exit)} before it was ready${printed}`;
  return new RunyardError('project_setup_failed', message, options);
}
