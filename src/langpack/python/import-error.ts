import { RunyardError } from '../../errors/index.js';
import type { Project } from '../langpack.js';
import type { DescriptionError } from './description.js';

/** An adapter that could not be imported. */
export function toImportError(
  { name }: Project,
  error: Extract<DescriptionError, { kind: 'import' }>,
): RunyardError {
  const place = error.line === null ? error.file : `${error.file}:${error.line}`;
  return new RunyardError('project_invalid', `${name} cannot be imported: ${place}: ${error.message}`, {
    cause: new Error(error.stacktrace),
    errors: [{ path: place, message: error.message }],
  });
}
