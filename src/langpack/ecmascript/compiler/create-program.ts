import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ts } from './typescript.js';
import type { DescribeJob } from '../description.js';
import { isPlatformFile } from './known-types.js';
import type { Problems } from './problems.js';

/** A project as its tsconfig.json, where it has one, says it is to be read. */
export interface ProjectConfig {
  options: ts.CompilerOptions;
  /** The adapter, and the project's own global declarations. */
  rootNames: string[];
  /** Absolute paths of the tsconfig files that were read, bases included. */
  files: string[];
}

/** Platform declarations are parsed once for all projects that one process describes. */
const platformFiles = new Map<string, ts.SourceFile | undefined>();

/** The compiler's view of a project, with Node's own types or without. */
export function createProjectProgram(
  { options, rootNames }: ProjectConfig,
  withNodeTypes: boolean,
): ts.Program {
  const chosen = withNodeTypes
    ? options
    : { ...options, types: (options.types ?? []).filter((name) => name !== 'node') };
  const host = ts.createCompilerHost(chosen);
  const readSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, onError, renew) => {
    if (!isPlatformFile(name)) return readSourceFile(name, version, onError, renew);
    const key = JSON.stringify([name, version]);
    if (!platformFiles.has(key)) platformFiles.set(key, readPlatformFile(name, version, readSourceFile));
    return platformFiles.get(key);
  };
  return ts.createProgram({ rootNames, options: chosen, host });
}

/** Nobody describes algorithms with the platform's doc comments: not parsing them saves a third of the time. */
function readPlatformFile(
  name: string,
  version: ts.ScriptTarget | ts.CreateSourceFileOptions,
  read: ts.CompilerHost['getSourceFile'],
): ts.SourceFile | undefined {
  const options = typeof version === 'object' ? version : { languageVersion: version };
  return read(name, { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
}

/** The project's own tsconfig.json where there is one, else strict defaults. */
export function readProjectConfig(job: DescribeJob, problems: Problems): ProjectConfig {
  const path = join(job.dir, 'tsconfig.json');
  if (!existsSync(path))
    return { options: resolveOptions(job, undefined), rootNames: [job.adapter], files: [] };
  const source = ts.readJsonConfigFile(path, (file) => ts.sys.readFile(file));
  const parsed = ts.parseJsonSourceFileConfigFileContent(source, ts.sys, job.dir, undefined, path);
  const noInputs = 18003;
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: ts.Diagnostic[] };
  const errors = [...parseDiagnostics, ...parsed.errors].filter((error) => error.code !== noInputs);
  for (const error of errors) problems.addDiagnostic(error);
  return {
    options: resolveOptions(job, parsed.options),
    rootNames: [job.adapter, ...parsed.fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name))],
    files: [path, ...(source.extendedSourceFiles ?? [])],
  };
}

function resolveOptions(job: DescribeJob, own: ts.CompilerOptions | undefined): ts.CompilerOptions {
  const options: ts.CompilerOptions = { ...(own ?? DEFAULTS) };
  for (const name of ['composite', 'incremental', 'tsBuildInfoFile', 'outDir', 'rootDir', 'declaration'])
    delete options[name];
  return {
    ...options,
    ...REQUIRED,
    ...resolveTypeRoots(job, options),
    paths: { ...options.paths, ...runyardPaths(job) },
  };
}

const DEFAULTS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  strict: true,
  esModuleInterop: true,
  resolveJsonModule: true,
  jsx: ts.JsxEmit.ReactJSX,
  types: [],
};

/** Without these the types do not say what the functions take. */
const REQUIRED: ts.CompilerOptions = {
  strictNullChecks: true,
  allowJs: true,
  checkJs: false,
  noEmit: true,
  skipLibCheck: true,
  noLib: false,
  allowImportingTsExtensions: true,
};

/**
 * Node's own types always count: without them `Buffer` would silently be any value. The project's come first, and those
 * that came with Runyard stand in.
 */
function resolveTypeRoots(job: DescribeJob, options: ts.CompilerOptions): ts.CompilerOptions {
  const own =
    options.typeRoots ??
    ancestors(job.dir)
      .map((dir) => join(dir, 'node_modules/@types'))
      .filter(existsSync);
  const require = createRequire(join(job.packageRoot, 'package.json'));
  const ours = dirname(dirname(require.resolve('@types/node/package.json')));
  const names = options.types ?? ts.getAutomaticTypeDirectiveNames({ typeRoots: own }, ts.sys);
  return { typeRoots: [...own, ours], types: [...new Set([...names, 'node'])] };
}

function ancestors(dir: string): string[] {
  const parent = dirname(dir);
  return parent === dir ? [dir] : [dir, ...ancestors(parent)];
}

/** What a project may import from `runyard` without installing it, by name of the module. */
function runyardPaths({ packageRoot, fetchModule }: DescribeJob): Record<string, string[]> {
  return {
    'runyard/adapter': [join(packageRoot, 'langpacks/javascript/adapter.d.ts')],
    'runyard/fetch': [fetchModule.replace(/\.js$/, '.d.ts')],
  };
}
