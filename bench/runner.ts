import { execFile } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, type Bench } from './report.js';
import { ServerProcess } from './server-process.js';

const ROUNDS = 5;
const SECONDS = 3;
const CONNECTIONS = 64;
const BODY = JSON.stringify({ text: 'x'.repeat(200), count: 7 });

const root = process.cwd();
const fixtures = join(root, 'bench', 'fixtures');
const cli = join(root, 'dist', 'cli', 'main.js');

/** Echo over HTTP: a runner's pipes against the same function inside a web server's own process. */
export const run: Bench = async (say) => {
  const servers = await startServers();
  const rates = new Map<string, number[]>();
  try {
    for (const { url } of servers) await load(url, 1);
    for (let round = 1; round <= ROUNDS; round++) {
      for (const { name, url } of servers) {
        const rate = await load(url, SECONDS);
        rates.set(name, [...(rates.get(name) ?? []), rate]);
        say(`round ${round} ${name}: ${Math.round(rate)}/s`);
      }
    }
  } finally {
    await Promise.all(servers.map(({ process }) => process.end()));
  }
  const rate = (name: string): number => median(rates.get(name) ?? []);
  const [fastify, fastapi, typescript, python] = [
    rate('fastify'),
    rate('fastapi'),
    rate('typescript'),
    rate('python'),
  ];
  return [
    { title: 'echo, bare Fastify route', value: fastify, unit: 'requests/s' },
    { title: 'echo, FastAPI + uvicorn (uvloop, httptools)', value: fastapi, unit: 'requests/s' },
    {
      title: 'echo, runner with a TypeScript pipe',
      value: typescript,
      unit: 'requests/s',
      ratios: [
        { to: 'the bare Fastify route', ratio: typescript / fastify, goal: 0.4 },
        { to: 'FastAPI', ratio: typescript / fastapi, goal: 1.5 },
      ],
    },
    {
      title: 'echo, runner with a Python pipe',
      value: python,
      unit: 'requests/s',
      ratios: [{ to: 'FastAPI', ratio: python / fastapi, goal: 1 }],
    },
  ];
};

async function startServers(): Promise<{ name: string; url: string; process: ServerProcess }[]> {
  const node = process.execPath;
  const runner = (project: string) =>
    new ServerProcess(node, [
      cli,
      'runner',
      join(fixtures, project),
      '--port',
      '0',
      '--discovery',
      'http://127.0.0.1:9',
    ]);
  const uvicorn = join(root, '.cache', 'bench-venv', 'bin', 'uvicorn');
  const started = [
    {
      name: 'fastify',
      process: new ServerProcess(node, [join(fixtures, 'fastify-echo.mjs')]),
      ready: /listening (http:\S+)/,
    },
    {
      name: 'fastapi',
      process: new ServerProcess(
        uvicorn,
        ['server:app', '--port', '0', '--loop', 'uvloop', '--http', 'httptools', '--no-access-log'],
        { cwd: join(fixtures, 'fastapi') },
      ),
      ready: /running on (http:\/\/[\d.:]+)/,
    },
    { name: 'typescript', process: runner('typescript-echo'), ready: /runner \S+ (http:[^\s]+):? / },
    { name: 'python', process: runner('python-echo'), ready: /runner \S+ (http:[^\s]+):? / },
  ];
  return Promise.all(
    started.map(async ({ name, process, ready }) => {
      const [, url = ''] = await process.waitFor(ready);
      return { name, url: url.replace(/:$/, ''), process };
    }),
  );
}

const lua = join(mkdtempSync(join(tmpdir(), 'runyard-bench-')), 'post.lua');
writeFileSync(
  lua,
  `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${BODY}]]\n` +
    `done = function(s) io.write(string.format("ERRORS %d\\n", s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout)) end\n`,
);

async function load(url: string, seconds: number): Promise<number> {
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', lua, `${url}/run/echo`];
  const { stdout } = await promisify(execFile)('wrk', args);
  if (!/ERRORS 0\b/.test(stdout)) throw new Error(`wrk saw errors at ${url}:\n${stdout}`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}
