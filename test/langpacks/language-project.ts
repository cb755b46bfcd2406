import { createProjectHost } from '../../src/host/index.js';
import { findProjects, getLangpack, type DescribedProject } from '../../src/langpack/index.js';
import type { RunyardError } from '../../src/errors/index.js';
import type { RunOutcome } from '../../src/protocol/index.js';
import { env, makeFolder, writeFiles } from '../langpack/made-project.js';

/** Sets up and describes the project in a folder, as a yard does. */
export async function describeFolder(dir: string): Promise<DescribedProject> {
  const { projects, problems } = await findProjects([dir]);
  const [project] = projects;
  if (!project) throw problems[0]?.error ?? new Error(`${dir} holds no project`);
  const langpack = getLangpack(project.language);
  const context = { env, machineEnv: process.env };
  await langpack.setup(project, context);
  return langpack.describe(project, context);
}

/** Describes a project of the given files, by path. */
export function describeFiles(files: Record<string, string>): Promise<DescribedProject> {
  const dir = makeFolder();
  writeFiles(dir, files);
  return describeFolder(dir);
}

/** What is wrong with a project of the given files: one line for each problem. */
export async function problemsOf(files: Record<string, string>): Promise<string[]> {
  const error = await describeFiles(files).then(
    () => {
      throw new Error('The project was described, but should have been refused');
    },
    (refused: RunyardError) => refused,
  );
  return error.errors?.map(({ message }) => message) ?? [error.message];
}

/** Calls that are run one after the other in a project's own processes. */
export async function runAll(
  described: DescribedProject,
  calls: readonly { algorithm: string; args: unknown; contentType?: 'text' }[],
): Promise<RunOutcome[]> {
  const host = await createProjectHost({ described, env, pool: { maxProcesses: 1 } });
  try {
    const outcomes: RunOutcome[] = [];
    for (const [index, { algorithm, args, contentType }] of calls.entries()) {
      outcomes.push(
        await host.run({
          id: `run-${index}`,
          algorithm,
          args: args,
          ...(contentType && { contentType }),
        }),
      );
    }
    return outcomes;
  } finally {
    await host.close();
  }
}

/** The result of a run, or its error's type and message. */
export function told(outcome: RunOutcome | undefined): unknown {
  if (outcome === undefined) return undefined;
  return outcome.ok
    ? JSON.parse(outcome.resultJson)
    : `${outcome.error.errorType ?? outcome.error.code}: ${outcome.error.message}`;
}
