import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Bench } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;
const ALGORITHMS = 100;
const PER_PROJECT = 10;
const cli = join(process.cwd(), 'dist', 'cli', 'main.js');

/** Cold start of `runyard up`, and the memory of a yard with a hundred algorithms. */
export const run: Bench = async (say) => {
  const one = makeProjects(1);
  const first = await coldStart(one);
  const starts: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    bare.push(bareNode());
    starts.push(await coldStart(one));
    say(`round ${round} up: ${Math.round(starts.at(-1) ?? 0)} ms`);
  }
  const { yardMiB, pipesMiB } = await memory(makeProjects(ALGORITHMS));
  return [
    { title: 'start of node doing nothing', value: median(bare), unit: 'ms' },
    { title: 'runyard up, first time: one TypeScript project, compiler loaded', value: first, unit: 'ms' },
    {
      title: 'runyard up, later: until the project is callable',
      value: median(starts),
      unit: 'ms',
      ratios: [{ to: 'node doing nothing', ratio: median(starts) / median(bare) }],
    },
    {
      title: `memory of the yard, ${ALGORITHMS} algorithms in ${ALGORITHMS / PER_PROJECT} projects`,
      value: yardMiB,
      unit: 'MiB',
    },
    { title: 'memory of their idle processes, together', value: pipesMiB, unit: 'MiB' },
  ];
};

function makeProjects(algorithms: number): string {
  const dir = mkdtempSync(join(tmpdir(), 'runyard-bench-up-'));
  for (let start = 0; start < algorithms; start += PER_PROJECT) {
    const project = join(dir, `project-${start}`);
    mkdirSync(project);
    const names = Array.from(
      { length: Math.min(PER_PROJECT, algorithms - start) },
      (_, index) => start + index,
    );
    const code = names.map(
      (name) =>
        `export function run_a${name}(text: string, count: number = 1): string { return text.repeat(count); }\n`,
    );
    writeFileSync(join(project, 'runner_adapter.ts'), code.join(''));
  }
  return dir;
}

function up(dir: string): ServerProcess {
  const ports = ['--port', '0', '--discovery-port', '0', '--runner-port', '0', '--no-watch'];
  return new ServerProcess(process.execPath, [cli, 'up', dir, '--data', join(dir, '.data'), ...ports]);
}

async function coldStart(dir: string): Promise<number> {
  const started = performance.now();
  const yard = up(dir);
  await yard.waitFor(/gateway\s+http/);
  const took = performance.now() - started;
  await yard.end();
  return took;
}

function bareNode(): number {
  const started = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - started;
}

async function memory(dir: string): Promise<{ yardMiB: number; pipesMiB: number }> {
  const yard = up(dir);
  await yard.waitFor(/gateway\s+http/);
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const processes = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const mebibytes = (wanted: (pid: number, parent: number) => boolean): number =>
    processes.reduce(
      (sum, [pid = 0, parent = 0, kibibytes = 0]) => sum + (wanted(pid, parent) ? kibibytes / 1024 : 0),
      0,
    );
  const { pid: yardPid } = yard.child;
  const found = {
    yardMiB: mebibytes((pid) => pid === yardPid),
    pipesMiB: mebibytes((_pid, parent) => parent === yardPid),
  };
  await yard.end();
  return found;
}
