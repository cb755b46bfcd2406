import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Project, ProjectReader } from '../langpack.js';
import { ARCHIVE_MANIFEST, readArchiveManifest } from './archive-manifest.js';

/** What stands for the language of a project that was built into an archive. */
export const ARCHIVED = 'archive';

/** An unpacked archive as a project. @throws RunyardError `project_invalid` */
export async function findArchivedProject(dir: string): Promise<Omit<Project, 'dir'>> {
  const { kind, name } = await readArchiveManifest(dir);
  return { kind, name, language: ARCHIVED, adapter: join(dir, 'bin/pipe') };
}

/** Runs an unpacked archive: everything it needs is in it, and said by it. */
export const archivedProject: ProjectReader = {
  setup: () => Promise.resolve(),
  describe: async (project) => {
    const { algorithms, protocol } = await readArchiveManifest(project.dir);
    const path = join(project.dir, ARCHIVE_MANIFEST);
    return {
      project,
      algorithms,
      launch: { command: project.adapter, args: [], cwd: project.dir, env: {}, protocol },
      sources: [path, project.adapter],
      fingerprint: createHash('sha256')
        .update(await readFile(path))
        .update(await readFile(project.adapter))
        .digest('hex')
        .slice(0, 16),
    };
  },
};
