import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../package-root.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'compiler');
const require = createRequire(import.meta.url);

/** True when this very file is TypeScript: nothing is compiled yet, as when the tests run. */
export const isSourceTree = import.meta.url.endsWith('.ts');

/** The compiler is loaded by `require`: an import would first search its nine megabytes for names, for a second. */
const REQUIRE = `import { createRequire as createNodeRequire } from 'node:module'; const require = createNodeRequire(import.meta.url);`;

let script: Promise<string> | undefined;

/** Path of the program that describes projects; in the source tree it is bundled first. */
export function compilerScript(): Promise<string> {
  script ??= isSourceTree ? bundleScript() : Promise.resolve(join(folder, 'describe-child.js'));
  return script;
}

let version: string | undefined;

/** Changes whenever a project might be described in another way: with this code, the compiler, or the bundler. */
export function compilerVersion(): string {
  version ??= hashCompiler();
  return version;
}

function hashCompiler(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    if (/\.[jt]s$/.test(name) && !name.endsWith('.d.ts')) hash.update(readFileSync(join(folder, name)));
  }
  for (const name of ['typescript', 'esbuild', '@types/node']) hash.update(packageVersion(name));
  return hash.digest('hex').slice(0, 16);
}

function packageVersion(name: string): string {
  const manifest = readFileSync(require.resolve(`${name}/package.json`), 'utf8');
  return `${name}@${(JSON.parse(manifest) as { version: string }).version}`;
}

async function bundleScript(): Promise<string> {
  const { buildSync } = await import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [join(folder, 'describe-child.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    banner: { js: REQUIRE },
    write: false,
  });
  const cache = join(packageRoot, '.cache', 'compiler');
  const path = join(cache, `describe-child-${compilerVersion()}.mjs`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(`${path}.${process.pid}`, outputFiles[0]?.contents ?? '');
  renameSync(`${path}.${process.pid}`, path);
  return path;
}
