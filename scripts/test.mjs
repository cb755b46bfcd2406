// `npm test`: everything, in the order that fails soonest. Arguments are handed to the test runner.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { build } from './build.mjs';
import { assertNode, install } from './install.mjs';
import { ensurePrograms, ensureToolchains } from './prerequisites.mjs';

assertNode();
install();
const { chromium, python } = ensurePrograms(
  'python',
  'chromium',
  'postgres',
  'rabbitmq',
  'ip',
  'debootstrap',
  'originals',
  'bwrap',
  'maven',
);
ensureToolchains();
build();

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const env = { ...process.env, RUNYARD_TEST_CHROMIUM: chromium, RUNYARD_TEST_PYTHON: python };

function step(title, command, args) {
  console.log(`\n— ${title}`);
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  return status ?? 1;
}

function orEnd(status) {
  if (status !== 0) process.exit(status);
}

orEnd(step('types', bin('tsc'), ['-p', 'tsconfig.json', '--noEmit']));
orEnd(step('lint', bin('eslint'), ['.', '--max-warnings', '0']));
orEnd(step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']));
orEnd(step('import directions', bin('depcruise'), ['--config', '.dependency-cruiser.cjs', 'src']));

const folder = mkdtempSync(join(tmpdir(), 'runyard-test-'));
const report = join(folder, 'report.json');
const status = step('tests', bin('vitest'), [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...process.argv.slice(2),
]);
const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
rmSync(folder, { recursive: true, force: true });
console.log(
  `\n${numPassedTests} passed, ${numFailedTests} failed${numPendingTests ? `, ${numPendingTests} skipped` : ''}`,
);
process.exit(status);
