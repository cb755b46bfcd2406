import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import type { DescribeJob } from '../description.js';

/** `runyard/adapter` and `runyard/fetch` are there for every project, wherever it lies and without installing anything. */
export function provideRunyard({ packageRoot, fetchModule, standalone }: DescribeJob): Plugin {
  const modules: Record<string, string> = {
    'runyard/adapter': join(packageRoot, 'langpacks/javascript/adapter.mjs'),
    'runyard/fetch': fetchModule,
  };
  const own = [join(packageRoot, 'src/'), join(packageRoot, 'dist/'), join(packageRoot, 'langpacks/')];
  return {
    name: 'provide-runyard',
    setup(build) {
      build.onResolve({ filter: /^runyard\/(adapter|fetch)$/ }, ({ path }) => ({
        path: modules[path] ?? path,
      }));
      build.onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        // Packages that Runyard's own modules use are Runyard's, not the project's.
        if (!own.some((folder) => importer.startsWith(folder)) || path.startsWith('node:')) return undefined;
        const file = createRequire(importer).resolve(path);
        return standalone ? { path: file } : { path: pathToFileURL(file).href, external: true };
      });
    },
  };
}
