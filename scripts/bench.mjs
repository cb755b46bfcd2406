// `npm run bench [name ...]`: every bench of bench/ in one run; `--write` puts the figures into docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { assertNode, install } from './install.mjs';
import { ensurePrograms } from './prerequisites.mjs';
import { build } from './build.mjs';

assertNode();
install();
build();
const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
/** Those of a plain `npm run bench`. */
const BENCHES = [
  'pipe',
  'runner',
  'langserver',
  'queue',
  'store',
  'tasks',
  'distributed',
  'originals',
  'components',
  'lanes',
  'runners',
  'up',
];
const words = process.argv.slice(2);
const wanted = words.filter((word) => !word.startsWith('--'));
const { python } = ensurePrograms('python', 'redis', 'wrk', 'originals');
ensureVenv(python);

const { build: bundle } = await import('esbuild');
mkdirSync(cache, { recursive: true });
/** What is measured is the compiled package, as users run it. */
const useCompiled = {
  name: 'use-compiled',
  setup(bundler) {
    bundler.onResolve({ filter: /^\.\.\/src\// }, ({ path }) => ({
      path: pathToFileURL(join(root, 'dist', path.slice('../src/'.length))).href,
      external: true,
    }));
  },
};

const report = [];
for (const name of wanted.length > 0 ? wanted : BENCHES) {
  const outfile = join(cache, 'bench', `${name}.mjs`);
  await bundle({
    entryPoints: [join(root, 'bench', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    plugins: [useCompiled],
  });
  console.log(`\n— ${name}`);
  const { run } = await import(pathToFileURL(outfile).href);
  const figures = await run((line) => console.log(`  ${line}`));
  report.push({ name, figures });
  for (const figure of figures) console.log(`  ${describe(figure)}`);
}
if (words.includes('--write')) {
  const { format: prettify, resolveConfig } = await import('prettier');
  const path = join(root, 'docs', 'benchmarks.md');
  const text = page(report, existsSync(path) ? readFileSync(path, 'utf8') : '');
  writeFileSync(path, await prettify(text, { ...(await resolveConfig(path)), filepath: path }));
}
process.exit(0);

function ensureVenv(python) {
  const venv = join(cache, 'bench-venv');
  if (existsSync(join(venv, 'bin', 'celery'))) return;
  console.log('Installing FastAPI, uvicorn and Celery into a venv of the bench (once) …');
  const options = { stdio: ['ignore', 'ignore', 'inherit'] };
  const requirements = join(root, 'bench', 'fixtures', 'requirements.txt');
  const steps = [
    [python, ['-m', 'venv', venv]],
    [join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', requirements]],
  ];
  for (const [command, args] of steps) {
    const { status } = spawnSync(command, args, options);
    if (status !== 0) process.exit(status ?? 1);
  }
}

function describe({ title, value, unit, ratios = [] }) {
  const compared = ratios.map(
    ({ to, ratio, goal }) =>
      `${ratio.toFixed(2)} × ${to}${goal === undefined ? '' : ` (goal ${goal}, ${ratio >= goal ? 'met' : 'missed'})`}`,
  );
  return [`${title}: ${format(value)} ${unit}`, ...compared].join(', ');
}

function format(value) {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}

/** The page with the sections of this run, and those of benches that did not run as they were. */
function page(report, before) {
  const kept = new Map(
    [...before.matchAll(/^## (\w+)\n([^]*?)(?=^## |\n<!-- end -->)/gm)].map(([, name, text]) => [
      name,
      text.trim(),
    ]),
  );
  for (const { name, figures } of report) kept.set(name, table(figures));
  const sections = BENCHES.filter((name) => kept.has(name)).map(
    (name) => `## ${name}\n\n${kept.get(name)}\n`,
  );
  return `# Benchmarks

Measured by \`npm run bench\`, each section in one run (\`npm run bench -- NAME\`): medians of interleaved rounds, every contender on the
same machine (${cpus().length} cores, Node ${process.versions.node}, Linux ${release()}). Ratios travel between machines better than figures do.

The programs compared with isolate nothing: their function runs inside the web server's or worker's own process, where one
that blocks or dies takes the others with it. BullMQ's sandboxed processor is the exception. Redis runs without persistence;
the embedded queue syncs the disk before it says accepted, RabbitMQ's quorum queues and PostgreSQL do as well.

${sections.join('\n')}
<!-- end -->
`;
}

function table(figures) {
  const rows = figures.map(({ title, value, unit, ratios = [] }) => {
    const compared = ratios.map(({ to, ratio }) => `**${ratio.toFixed(2)}** × ${to}`).join(', ');
    return `| ${title} | ${compared} | ${format(value)} ${unit} |`;
  });
  return `| what | compared | here |\n| --- | --- | --- |\n${rows.join('\n')}`;
}
