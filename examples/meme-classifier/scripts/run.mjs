// Runs a TypeScript program of this example: `node scripts/run.mjs bench/evaluate.ts [argument ...]`.
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const program = resolve(process.argv[2]);
// Beside the source, so that imports of packages and `import.meta.url` mean the same as in it.
const bundle = join(dirname(program), `.${basename(program, '.ts')}-${process.pid}.mjs`);
await build({
  entryPoints: [program],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
});
process.argv.splice(1, 2, program);
try {
  await import(pathToFileURL(bundle).href);
} finally {
  rmSync(bundle, { force: true });
}
