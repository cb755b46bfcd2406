import { stat } from 'node:fs/promises';
import type { Project, ProjectReader } from '../langpack.js';
import { classicAlgorithms, CLASSIC_CONFIG } from './classic-config.js';
import { join } from 'node:path';

/** What stands for the language of a project that brings its own program for the pipe. */
export const OWN_PIPE = 'pipe';

/** Runs `bin/pipe` as it is, in the project's folder: there is nothing to install and nothing to build. */
export const ownPipe: ProjectReader = {
  setup: () => Promise.resolve(),
  describe: async (project) => ({
    project,
    algorithms: await classicAlgorithms(project.dir),
    launch: { command: project.adapter, args: [], cwd: project.dir, env: {}, protocol: 1 },
    sources: [project.adapter, join(project.dir, CLASSIC_CONFIG)],
    fingerprint: await fingerprintOf(project),
  }),
};

/** What the program loads is not known: it is run anew when it or its configuration was written. */
async function fingerprintOf({ dir, adapter }: Project): Promise<string> {
  const times = [adapter, join(dir, CLASSIC_CONFIG), join(dir, 'src')].map((path) =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
  return (await Promise.all(times)).join('-');
}
