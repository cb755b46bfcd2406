import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { build, type BuildFailure, type Message, type Metafile } from 'esbuild';
import type { DescribeJob } from '../description.js';
import { writeAtomically } from '../../write-atomically.js';
import { keepFileIdentity, sourceColumn } from './keep-file-identity.js';
import type { Problems } from './problems.js';
import { provideRunyard } from './provide-runyard.js';

export interface Bundle {
  /** File name in the build folder. */
  name: string;
  /** Absolute paths of the files that went in. */
  sources: string[];
}

/**
 * Puts the adapter and what it imports of the project into one module; packages stay outside and are found from the
 * project. Undefined, and problems, when a file cannot be read or parsed.
 */
export async function bundleAdapter(job: DescribeJob, problems: Problems): Promise<Bundle | undefined> {
  const config = join(job.dir, 'tsconfig.json');
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [job.adapter],
      absWorkingDir: job.dir,
      outfile: join(job.buildDir, 'adapter.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      keepNames: true,
      sourcemap: 'inline',
      sourcesContent: false,
      metafile: true,
      write: false,
      logLevel: 'silent',
      plugins: [
        provideRunyard(job),
        keepFileIdentity(job.adapter, job.standalone ? join(job.dir, '.runyard') : undefined),
      ],
      ...(existsSync(config) ? { tsconfig: config } : { tsconfigRaw: {} }),
    });
    checkPackages(metafile, job, problems);
    const name = await store(job.buildDir, outputFiles[0]?.contents ?? new Uint8Array());
    return { name, sources: Object.keys(metafile.inputs).map((path) => resolve(job.dir, path)) };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (!errors) throw error;
    for (const message of errors) addMessage(message, job.dir, problems);
    return undefined;
  }
}

/** The content names the file: processes of an older version still find theirs. */
async function store(buildDir: string, contents: Uint8Array): Promise<string> {
  const hash = createHash('sha256').update(contents).digest('hex').slice(0, 16);
  const name = `adapter-${hash}.mjs`;
  await writeAtomically(join(buildDir, name), contents);
  return name;
}

function addMessage({ text, location }: Message, dir: string, problems: Problems): void {
  if (!location) return problems.addAt(undefined, undefined, text);
  const { file, line, column } = location;
  problems.addAt({ file, line, column: sourceColumn(resolve(dir, file), line, column + 1) }, undefined, text);
}

/** A package that is not installed would end every process at its start; it is better said now, and with its file. */
function checkPackages(metafile: Metafile, job: DescribeJob, problems: Problems): void {
  for (const [file, input] of Object.entries(metafile.inputs)) {
    for (const { path, kind, external } of input.imports) {
      const name = packageName(path);
      if (!external || kind !== 'import-statement' || name === undefined || isInstalled(name, job.dir))
        continue;
      const place = { file, line: 1, column: 1 };
      problems.addAt(
        place,
        undefined,
        `The package ${name} is not installed; add it to dependencies in package.json`,
      );
    }
  }
}

/** Undefined for what is no package: Node's own modules, addresses, and `#` names. */
function packageName(path: string): string | undefined {
  if (builtinModules.includes(path) || /^[a-z]+:|^[#./<]/.test(path)) return undefined;
  return path
    .split('/')
    .slice(0, path.startsWith('@') ? 2 : 1)
    .join('/');
}

function isInstalled(name: string, dir: string): boolean {
  if (existsSync(join(dir, 'node_modules', name))) return true;
  const parent = dirname(dir);
  return parent !== dir && isInstalled(name, parent);
}
