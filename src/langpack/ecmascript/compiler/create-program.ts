import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { DescribeJob } from '../description.js';
import type { Problems } from './problems.js';

export interface ProjectProgram {
  program: ts.Program;
  /** Absolute paths of the tsconfig files that were read, bases included. */
  configFiles: string[];
}

/** Platform declarations are parsed once for all projects that one process describes. */
const platformFiles = new Map<string, ts.SourceFile | undefined>();

/** The compiler's view of a project: its own tsconfig.json where there is one, else strict defaults. */
export function createProjectProgram(job: DescribeJob, problems: Problems): ProjectProgram {
  const config = readConfig(job.dir, problems);
  const options = resolveOptions(job, config?.options);
  const host = ts.createCompilerHost(options);
  const readSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version, onError, renew) => {
    if (!isPlatformFile(name)) return readSourceFile(name, version, onError, renew);
    if (!platformFiles.has(name)) platformFiles.set(name, readPlatformFile(name, version, readSourceFile));
    return platformFiles.get(name);
  };
  const ambient = config?.fileNames.filter((name) => /\.d\.[cm]?ts$/.test(name)) ?? [];
  const program = ts.createProgram({ rootNames: [job.adapter, ...ambient], options, host });
  return { program, configFiles: config?.files ?? [] };
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

function isPlatformFile(name: string): boolean {
  return /\/node_modules\/(typescript\/lib|@types\/node|undici-types)\//.test(name);
}

interface ProjectConfig {
  options: ts.CompilerOptions;
  fileNames: string[];
  files: string[];
}

function readConfig(dir: string, problems: Problems): ProjectConfig | undefined {
  const path = join(dir, 'tsconfig.json');
  if (!existsSync(path)) return undefined;
  const source = ts.readJsonConfigFile(path, (file) => ts.sys.readFile(file));
  const parsed = ts.parseJsonSourceFileConfigFileContent(source, ts.sys, dir, undefined, path);
  const noInputs = 18003;
  const errors = [...source.parseDiagnostics(), ...parsed.errors].filter((error) => error.code !== noInputs);
  for (const error of errors) problems.addDiagnostic(error);
  return {
    options: parsed.options,
    fileNames: parsed.fileNames,
    files: [path, ...(source.extendedSourceFiles ?? [])],
  };
}

function resolveOptions(job: DescribeJob, own: ts.CompilerOptions | undefined): ts.CompilerOptions {
  const options: ts.CompilerOptions = { ...(own ?? DEFAULTS) };
  for (const name of ['composite', 'incremental', 'tsBuildInfoFile', 'outDir', 'rootDir', 'declaration']) delete options[name];
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
  const own = options.typeRoots ?? ancestors(job.dir).map((dir) => join(dir, 'node_modules/@types')).filter(existsSync);
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
