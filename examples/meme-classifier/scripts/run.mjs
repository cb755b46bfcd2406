// Runs a TypeScript program of this example: `node scripts/run.mjs bench/evaluate.ts [argument ...]`.
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const program = resolve(process.argv[2]);
// As deep in the project as its programs are, so that relative addresses and imports of packages mean the same.
const folder = fileURLToPath(new URL('../.runyard/', import.meta.url));
const outfile = `${folder}run-${process.pid}.mjs`;
mkdirSync(folder, { recursive: true });
await build({
  entryPoints: [program],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
});
process.argv.splice(1, 2, program);
try {
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(outfile, { force: true });
}
