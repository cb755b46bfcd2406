import { RunyardError } from '../errors/index.js';
import type { Project } from './langpack.js';

/** Something in an adapter that cannot be described. */
export interface AdapterProblem {
  /** Relative to the project. */
  file: string;
  line: number | null;
  function: string | null;
  /** `return` for the result. */
  argument: string | null;
  message: string;
}

/** All that is wrong with a project as one error: file, line, function and argument, and what to do. */
export function toProjectError({ name }: Project, problems: readonly AdapterProblem[]): RunyardError {
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

function placeOf({ file, line }: AdapterProblem): string {
  return line === null ? file : `${file}:${line}`;
}

function subjectOf({ function: name, argument }: AdapterProblem): string {
  if (name === null) return '';
  if (argument === null) return `${name}: `;
  return argument === 'return' ? `${name}, result: ` : `${name}, argument ${argument}: `;
}
