import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { relative, join } from 'node:path';
import type { BuildFailure } from 'esbuild';
import type { Project } from '../langpack.js';
import { langpackDir } from '../manifest.js';
import { toProjectError } from '../adapter-problem.js';
import { keepFileIdentity } from './compiler/keep-file-identity.js';
import { writeAtomically } from '../write-atomically.js';

/** Takes the place of the package of that name. */
const CLIENT = join(langpackDir('javascript'), 'modules/algorithmia/index.js');

function bringsClient({ dir }: Project): boolean {
  return existsSync(join(dir, 'node_modules/algorithmia'));
}

/**
 * Puts a classic project's source and what it imports of the project into one module.
 * @returns its path, which holds the hash of its content
 * @throws RunyardError `project_invalid` with file and line of what cannot be read
 */
export async function bundleClassicSource(project: Project, buildDir: string): Promise<string> {
  const { build } = await import('esbuild');
  const base = buildDir.startsWith(project.dir) ? buildDir : undefined;
  try {
    const { outputFiles } = await build({
      entryPoints: [project.adapter],
      absWorkingDir: project.dir,
      outfile: join(buildDir, 'classic.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      keepNames: true,
      sourcemap: 'inline',
      write: false,
      logLevel: 'silent',
      plugins: [keepFileIdentity(project.adapter, base)],
      ...(bringsClient(project) ? {} : { alias: { algorithmia: CLIENT } }),
    });
    const contents = outputFiles[0]?.contents ?? new Uint8Array();
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
    const path = join(buildDir, `classic-${hash}.mjs`);
    await writeAtomically(path, contents);
    return path;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    throw toProjectError(
      project,
      errors.map(({ location, text }) => ({
        file: location?.file ?? relative(project.dir, project.adapter),
        line: location?.line ?? null,
        function: null,
        argument: null,
        message: text,
      })),
    );
  }
}
