/** Describes projects in a process of its own, which takes the compiler and its memory with it when it ends. */
import { createInterface } from 'node:readline';
import { extname, join } from 'node:path';
import type { ts } from './typescript.js';
import type { DescribeAnswer, DescribeJob } from '../description.js';
import { bundleAdapter } from './bundle-adapter.js';
import { createProjectProgram, readProjectConfig, type ProjectConfig } from './create-program.js';
import { describeAdapter, type AdapterDescription } from './describe-adapter.js';
import { needsNodeTypes } from './needs-node-types.js';
import { Problems } from './problems.js';

/** One job a line on stdin, one answer a line on stdout, until stdin ends. */
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await describe(JSON.parse(line) as DescribeJob);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function describe(job: DescribeJob): Promise<DescribeAnswer> {
  const problems = new Problems(job.dir);
  const unbundled = new Problems(job.dir);
  const bundling = bundleAdapter(job, unbundled);
  const config = readProjectConfig(job, problems);
  const described = problems.list.length === 0 ? describeTypes(job, config, problems) : undefined;
  const bundle = await bundling;
  // What cannot be parsed is said once, by the compiler.
  const found = described ? [...problems.list, ...unbundled.list] : problems.list;
  if (!bundle || !described || found.length > 0) return { ok: false, problems: found };
  const { files, ...adapter } = described;
  const all = [...new Set([...bundle.sources, ...files, ...config.files])];
  const isLibrary = (path: string): boolean => path.includes('/node_modules/') || isRunyards(path, job);
  const sources = all.filter((path) => !isLibrary(path));
  return {
    ok: true,
    description: { ...adapter, bundle: bundle.name, sources, libraries: all.filter(isLibrary) },
  };
}

/** First without Node's own types, where nothing speaks of them; whatever is wrong then is looked at again with them. */
function describeTypes(
  job: DescribeJob,
  config: ProjectConfig,
  problems: Problems,
): DescribedTypes | undefined {
  const small = createProjectProgram(config, false);
  const own = small
    .getSourceFiles()
    .filter(({ fileName }) => !fileName.includes('/node_modules/') && !isRunyards(fileName, job));
  if (!needsNodeTypes(own)) {
    const found = new Problems(job.dir);
    const described = describeProgram(small, job, found);
    if (described && found.list.length === 0) return described;
  }
  return describeProgram(createProjectProgram(config, true), job, problems);
}

type DescribedTypes = AdapterDescription & { files: string[] };

function describeProgram(
  program: ts.Program,
  { adapter }: DescribeJob,
  problems: Problems,
): DescribedTypes | undefined {
  for (const diagnostic of program.getSyntacticDiagnostics()) problems.addDiagnostic(diagnostic);
  if (problems.list.length > 0) return undefined;
  const untyped = /^\.[cm]?jsx?$/.test(extname(adapter)) ? 'anything' : 'refused';
  const described = describeAdapter(program, adapter, problems, untyped);
  return { ...described, files: program.getSourceFiles().map((file) => file.fileName) };
}

/** What `runyard/adapter` and `runyard/fetch` stand for is no part of the project. */
function isRunyards(path: string, { packageRoot }: DescribeJob): boolean {
  return ['src/', 'dist/', 'langpacks/'].some((folder) => path.startsWith(join(packageRoot, folder)));
}
