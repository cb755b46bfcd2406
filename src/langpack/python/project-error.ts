import { RunyardError } from '../../errors/index.js';
import type { Project } from '../langpack.js';
import type { DescriptionError, PythonProblem } from './description.js';

/** All that is wrong with a project as one error: file, line, function and argument, and what to do. */
export function toProjectError({ name }: Project, problems: readonly PythonProblem[]): RunyardError {
  const lines = problems.map((problem) => `${placeOf(problem)}: ${subjectOf(problem)}${problem.message}`);
  const [only] = lines;
  const message =
    lines.length === 1
      ? `${name} cannot be described: ${only}`
      : `${name} cannot be described:\n  ${lines.join('\n  ')}`;
  return new RunyardError('project_invalid', message, {
    errors: problems.map((problem, index) => ({
      path: placeOf(problem),
      message: lines[index] ?? problem.message,
    })),
  });
}

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

function placeOf({ file, line }: PythonProblem): string {
  return `${file}:${line}`;
}

function subjectOf({ function: name, argument }: PythonProblem): string {
  if (name === null) return '';
  if (argument === null) return `${name}: `;
  return argument === 'return' ? `${name}, result: ` : `${name}, argument ${argument}: `;
}
