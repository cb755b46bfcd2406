import { RunyardError } from '../../errors/index.js';
import type { DescribeContext, Project } from '../langpack.js';
import { runChild } from '../run-child.js';

const TIMEOUT_MS = 30_000;
const PROGRAM = 'import os, sys; os.write(3, sys.executable.encode())';

/**
 * The interpreter itself, whatever it is started by: what stands on the PATH may be a script that looks for it.
 * @throws RunyardError `interpreter_missing` when it does not answer
 */
export async function findExecutable(
  command: string,
  project: Project,
  { env, signal }: DescribeContext,
): Promise<string> {
  const end = await runChild({
    command,
    args: ['-c', PROGRAM],
    cwd: project.dir,
    env,
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  if (end.code === 0 && end.answer !== '') return end.answer;
  throw new RunyardError(
    'interpreter_missing',
    `${command} does not run (${end.error?.message ?? `code ${end.code}`}): ${end.output}`,
    { cause: end.error },
  );
}
