import { readFile } from 'node:fs/promises';
import { dirname, extname, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Loader, Plugin } from 'esbuild';

const LOADERS: Record<string, Loader> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
};

/** Names that stand for a file's own place, and the variables that take their place in the bundle. */
const PLACES = {
  'import.meta.url': '__runyard_url',
  'import.meta.filename': '__runyard_filename',
  'import.meta.dirname': '__runyard_dirname',
  __filename: '__runyard_filename',
  __dirname: '__runyard_dirname',
};

/**
 * A bundled file still knows where its source lies, so that it finds the files beside it.
 * @param base - folder of the bundle, when places are to be told from there, wherever it may be by then
 */
export function keepFileIdentity(adapter: string, base?: string): Plugin {
  return {
    name: 'keep-file-identity',
    setup(build) {
      build.initialOptions.define = { ...build.initialOptions.define, ...PLACES };
      build.initialOptions.banner = { js: requireFrom(adapter, base) };
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => ({
        contents: withPlace(await readFile(path, 'utf8'), path, base),
        loader: LOADERS[extname(path)] ?? 'js',
      }));
    },
  };
}

/** CommonJS sources call `require`, which modules do not have. */
function requireFrom(adapter: string, base: string | undefined): string {
  const imports = `import { createRequire as __runyard_createRequire } from 'node:module'; import { fileURLToPath as __runyard_path } from 'node:url';`;
  const place = base === undefined ? '' : 'const __runyard_bundle = import.meta.url; ';
  return `${imports} ${place}const require = __runyard_createRequire(${urlOf(adapter, base)});`;
}

/** On the first line, so that line numbers stay; after a `#!`, which must come first. */
function withPlace(source: string, path: string, base: string | undefined): string {
  const shebang = /^#!.*\n/.exec(source)?.[0] ?? '';
  return `${shebang}${placeOf(path, base)}${source.slice(shebang.length)}`;
}

function placeOf(path: string, base: string | undefined): string {
  const file = base === undefined ? JSON.stringify(path) : `__runyard_path(${urlOf(path, base)})`;
  const folder =
    base === undefined ? JSON.stringify(dirname(path)) : `__runyard_path(${urlOf(dirname(path), base)})`;
  const place = [
    `__runyard_url = ${urlOf(path, base)}`,
    `__runyard_filename = ${file}`,
    `__runyard_dirname = ${folder}`,
  ];
  return `const ${place.join(', ')}; `;
}

/** An expression for the URL of a file. */
function urlOf(path: string, base: string | undefined): string {
  const url = pathToFileURL(path).href;
  if (base === undefined) return JSON.stringify(url);
  const way = relative(base, path).split(sep).map(encodeURIComponent).join('/');
  return `new URL(${JSON.stringify(way)}, __runyard_bundle).href`;
}

/** Where a column of a file's first line, as the bundler counts, is in the source; both from 1. */
export function sourceColumn(path: string, line: number, column: number): number {
  return line === 1 ? Math.max(1, column - placeOf(path, undefined).length) : column;
}
