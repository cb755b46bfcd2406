import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, type Bench, type Figure } from './report.js';
import { ServerProcess } from './server-process.js';

/** Classic children, by language: a language is added by its folder `bench/fixtures/classic-<language>`. */
const LANGUAGES = ['python', 'javascript'];
/** How a child writes its answers. */
const MANNERS = ['open, write, close', 'kept open'] as const;
const SERVERS = ['langserver', 'runner'] as const;

const ROUNDS = 7;
const SECONDS = 1;
const BODY = JSON.stringify({ text: 'x'.repeat(200), count: 7 });

const root = process.cwd();
const cli = join(root, 'dist', 'cli', 'main.js');

interface Contender {
  language: string;
  server: (typeof SERVERS)[number];
  manner: (typeof MANNERS)[number];
  url: string;
  process: ServerProcess;
  rounds: Round[];
}

interface Round {
  rate: number;
  p50Ms: number;
  p99Ms: number;
}

/** Echo by classic children, one request at a time: through the LangServer and through a runner, in both manners of writing. */
export const run: Bench = async (say) => {
  const contenders = await Promise.all(
    LANGUAGES.flatMap((language) =>
      SERVERS.flatMap((server) => MANNERS.map((manner) => start(language, server, manner))),
    ),
  );
  try {
    for (const { url } of contenders) await load(url, 1);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const contender of contenders) {
        const measured = await load(contender.url, SECONDS);
        contender.rounds.push(measured);
        const { language, server, manner } = contender;
        say(`round ${round} ${language}, ${server}, ${manner}: ${Math.round(measured.rate)}/s`);
      }
    }
  } finally {
    await Promise.all(contenders.map(({ process }) => process.end()));
  }
  return contenders
    .filter(({ manner }) => manner === 'open, write, close')
    .flatMap((contender) => toFigures(contender, contenders));
};

function toFigures(contender: Contender, all: readonly Contender[]): Figure[] {
  const { language, server, rounds } = contender;
  const kept = all.find(
    (one) => one.language === language && one.server === server && one.manner === 'kept open',
  );
  // Of rounds that ran one after the other: whatever else the machine does slows both of them.
  const ratio = median(rounds.map(({ rate }, index) => rate / (kept?.rounds[index]?.rate ?? Number.NaN)));
  const title = `classic echo in ${language} through the ${server}`;
  return [
    {
      title,
      value: medianOf(rounds, 'rate'),
      unit: 'round trips/s',
      ratios: [{ to: 'the same child with the FIFO kept open', ratio, goal: 0.7 }],
    },
    { title: `${title}, p50`, value: medianOf(rounds, 'p50Ms'), unit: 'ms' },
    { title: `${title}, p99`, value: medianOf(rounds, 'p99Ms'), unit: 'ms' },
  ];
}

function medianOf(rounds: readonly Round[], figure: keyof Round): number {
  return median(rounds.map((round) => round[figure]));
}

async function start(
  language: string,
  server: Contender['server'],
  manner: Contender['manner'],
): Promise<Contender> {
  const project = join(root, 'bench', 'fixtures', `classic-${language}`);
  const discovery = server === 'runner' ? ['--discovery', 'http://127.0.0.1:9'] : [];
  const env = {
    ...process.env,
    RUNYARD_LOG_LEVEL: 'warn',
    RUNYARD_ENV_PASS: 'KEEP_OPEN',
    RUNYARD_POOL_MAX_PROCESSES: '1',
    ...(manner === 'kept open' && { KEEP_OPEN: '1' }),
  };
  const started = new ServerProcess(process.execPath, [cli, server, project, '--port', '0', ...discovery], {
    env,
  });
  const [, base = ''] = await started.waitFor(/(?:langserver|runner) \S+ (http:\/\/[\d.:]+\d)/);
  const url = server === 'runner' ? `${base}/run/bench/echo` : `${base}/`;
  return { language, server, manner, url, process: started, rounds: [] };
}

const lua = join(mkdtempSync(join(tmpdir(), 'runyard-bench-')), 'post.lua');
writeFileSync(
  lua,
  `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${BODY}]]\n` +
    `done = function(s, l) io.write(string.format("ERRORS %d P50 %f P99 %f\\n", ` +
    `s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout, l:percentile(50), l:percentile(99))) end\n`,
);

async function load(url: string, seconds: number): Promise<Round> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', '-c1', `-d${seconds}s`, '-s', lua, url]);
  const [, errors, p50, p99] = /ERRORS (\d+) P50 ([\d.]+) P99 ([\d.]+)/.exec(stdout) ?? [];
  if (errors !== '0') throw new Error(`wrk saw errors at ${url}:\n${stdout}`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
  return { rate, p50Ms: Number(p50) / 1000, p99Ms: Number(p99) / 1000 };
}
