import { RunyardError } from '../../errors/index.js';
import type { Project } from '../langpack.js';
import type { DescriptionProblem } from './description.js';

/** All that is wrong with a project as one error: file, line, function and argument, and what to do. */
export function toProjectError({ name }: Project, problems: readonly DescriptionProblem[]): RunyardError {
  const lines = problems.map(problemLine);
  const [only] = lines;
  const message =
    lines.length === 1
      ? `${name} cannot be described: ${only}`
      : `${name} cannot be described:\n  ${lines.join('\n  ')}`;
  return new RunyardError('project_invalid', message, {
    errors: problems.map((problem, index) => ({
      path: placeText(problem),
      message: lines[index] ?? problem.message,
    })),
  });
}

function problemLine(problem: DescriptionProblem): string {
  const place = placeText(problem);
  const subject = problem.subject ?? '';
  return [place && `${place}:`, subject && `${subject}`, problem.message]
    .filter((part) => part !== '')
    .join(' ');
}

function placeText({ place }: DescriptionProblem): string {
  return place ? `${place.file}:${place.line}:${place.column}` : '';
}
