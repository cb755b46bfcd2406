import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
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

/** A bundled file still knows where its source lies, so that it finds the files beside it. */
export function keepFileIdentity(adapter: string): Plugin {
  return {
    name: 'keep-file-identity',
    setup(build) {
      build.initialOptions.define = { ...build.initialOptions.define, ...PLACES };
      build.initialOptions.banner = { js: requireFrom(adapter) };
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => ({
        contents: withPlace(await readFile(path, 'utf8'), path),
        loader: LOADERS[extname(path)] ?? 'js',
      }));
    },
  };
}

/** CommonJS sources call `require`, which modules do not have. */
function requireFrom(adapter: string): string {
  return `import { createRequire as __runyard_createRequire } from 'node:module'; const require = __runyard_createRequire(${JSON.stringify(pathToFileURL(adapter).href)});`;
}

/** On the first line, so that line numbers stay; after a `#!`, which must come first. */
function withPlace(source: string, path: string): string {
  const shebang = /^#!.*\n/.exec(source)?.[0] ?? '';
  return `${shebang}${placeOf(path)}${source.slice(shebang.length)}`;
}

function placeOf(path: string): string {
  const place = [
    `__runyard_url = ${JSON.stringify(pathToFileURL(path).href)}`,
    `__runyard_filename = ${JSON.stringify(path)}`,
    `__runyard_dirname = ${JSON.stringify(dirname(path))}`,
  ];
  return `const ${place.join(', ')}; `;
}

/** Where a column of a file's first line, as the bundler counts, is in the source; both from 1. */
export function sourceColumn(path: string, line: number, column: number): number {
  return line === 1 ? Math.max(1, column - placeOf(path).length) : column;
}
