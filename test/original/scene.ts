import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type RunyardClient } from '../../src/client/index.js';
import { CliProcess } from '../cli/cli-process.js';
import { findFreePort } from '../original.js';
import { ProgramProcess } from '../program-process.js';
import { createPrefix } from '../servers/rabbitmq.js';
import { until } from '../until.js';
import { findPython } from './python.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PROGRAMS = here('programs');

/** Of an original runner, with `shout`, `fail`, `fetch` and `note`. */
export const TEXTS = here('adapters/texts');

const ADAPTER = `
export async function run_echo(text: string, ms: number = 0): Promise<{ text: string }> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return { text };
}
export function run_refuse(text: string): string {
  throw new RangeError('refused: ' + text);
}
`;

/** Where a program of either side reaches, and is reached, by the original variables. */
export type Variables = Record<string, string>;

/** Original programs and components of Runyard, each a process of its own, on one broker. */
export class Scene {
  readonly dir: string;
  /** What tells them of the broker and its queue. */
  readonly queue: Variables;
  readonly brokerUrl: string;
  /** What all components of Runyard have in their environment: names nobody else uses, and short waits. */
  #settings: Variables = {
    RUNYARD_QUEUE_PREFIX: createPrefix(),
    RUNYARD_CONTROLLER_BACKOFF_MS: '100',
    RUNYARD_DISCOVERY_PROBE_INTERVAL_MS: '200',
  };
  readonly #python: string;
  readonly #programs = new Set<ProgramProcess>();

  private constructor(dir: string, brokerUrl: string) {
    this.dir = dir;
    this.brokerUrl = brokerUrl;
    this.queue = { RABBITMQ_HOST: new URL(brokerUrl).hostname, QUEUE_NAME: `${createPrefix()}-tasks` };
    this.#python = findPython();
  }

  static async create(brokerUrl: string): Promise<Scene> {
    const dir = await mkdtemp(join(tmpdir(), 'runyard-originals-'));
    await mkdir(join(dir, 'echo'));
    await writeFile(join(dir, 'echo', 'runner_adapter.ts'), ADAPTER);
    return new Scene(dir, brokerUrl);
  }

  /** A Python program of `programs/`, in the folder of the adapter. */
  original(name: string, variables: Variables = {}, args: readonly string[] = []): ProgramProcess {
    const env = {
      PATH: process.env['PATH'],
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONPATH: PROGRAMS,
      ...this.queue,
      ...variables,
    };
    return this.#keep(new ProgramProcess([this.#python, '-m', name, ...args], { cwd: TEXTS, env }));
  }

  /** From now on components get no setting of Runyard's own. */
  withoutSettings(): void {
    this.#settings = {};
  }

  /** A component of Runyard. */
  ours(args: readonly string[], variables: Variables = {}): CliProcess {
    return this.#keep(new CliProcess(args, { cwd: this.dir, env: { ...this.#settings, ...variables } }));
  }

  /** A discovery of Runyard, up. Gives what tells programs of it. */
  async ourDiscovery(): Promise<Variables> {
    const port = String(await findFreePort());
    await this.ours(['discovery'], { PORT: port }).waitFor(/^discovery /m);
    return { RUNNER_DISCOVERY_CONTAINER_NAME: '127.0.0.1', RUNNER_DISCOVERY_PORT: port };
  }

  /** A runner of Runyard with `echo` and `refuse`, up. */
  async ourRunner(discovery: Variables): Promise<CliProcess> {
    const runner = this.ours(['runner', 'echo'], { ...discovery, PORT: '0', CONTAINER_NAME: '127.0.0.1' });
    await runner.waitFor(/^runner /m);
    return runner;
  }

  /** A controller of Runyard, up, that keeps its records in `data`. */
  async ourController(variables: Variables): Promise<CliProcess> {
    const controller = this.ours(['controller', '--data', 'data'], { ...this.queue, ...variables });
    await controller.waitFor(/^controller /m);
    await controller.waitForLog(/taking messages of the queue/);
    return controller;
  }

  /** A gateway to the records of `ourController`. */
  async ourGateway({ RUNNER_DISCOVERY_PORT: port = '9' }: Variables): Promise<RunyardClient> {
    const gateway = this.ours(
      ['gateway', '--port', '0', '--data', 'data', '--discovery', `http://127.0.0.1:${port}`],
      { RUNYARD_QUEUE_URL: this.brokerUrl },
    );
    const [, url = ''] = await gateway.waitFor(/^gateway (\S+)/m);
    return this.connect(url);
  }

  connect(gatewayUrl: string): RunyardClient {
    return createClient({ url: gatewayUrl });
  }

  /** Ends every program of this name. */
  async endOriginal(name: string): Promise<void> {
    const ending = [...this.#programs].filter(({ child }) => child.spawnargs[2] === name);
    await Promise.all(ending.map((program) => program.end('SIGKILL')));
  }

  /** An original discovery, up. Gives what tells programs of it. */
  async originalDiscovery(port?: number): Promise<Variables> {
    const own = port ?? (await findFreePort());
    const discovery = this.original('discovery', { PORT: String(own) });
    await discovery.waitForLog(/Uvicorn running/);
    return { RUNNER_DISCOVERY_CONTAINER_NAME: '127.0.0.1', RUNNER_DISCOVERY_PORT: String(own) };
  }

  /** An original runner with the algorithms of `TEXTS`, up. */
  async originalRunner(discovery: Variables, port?: number): Promise<ProgramProcess> {
    const own = String(port ?? (await findFreePort()));
    const runner = this.original('runnerlib', { ...discovery, PORT: own, CONTAINER_NAME: 'localhost' });
    await runner.waitForLog(/Uvicorn running/);
    return runner;
  }

  /** Has an original producer send messages; resolves when it has ended. */
  async produce(...messages: readonly unknown[]): Promise<void> {
    const producer = this.original('producer');
    const lines = messages.map((message) =>
      typeof message === 'string' ? message : JSON.stringify(message),
    );
    producer.child.stdin?.end(lines.map((line) => `${line}\n`).join(''));
    if ((await producer.ended()) !== 0) throw new Error(`the producer failed: ${producer.stderr}`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program.end('SIGKILL')));
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** What every program printed last, for a test that failed. */
  describe(): string {
    return [...this.#programs]
      .map(
        ({ child, stdout, stderr }) =>
          `--- ${child.spawnargs.join(' ')}\n${stdout.slice(-500)}${stderr.slice(-3000)}`,
      )
      .join('\n');
  }

  #keep<T extends ProgramProcess>(program: T): T {
    this.#programs.add(program);
    return program;
  }
}

/** All tasks there are, whole, once there are so many of them and all have ended. */
export async function untilEnded(client: RunyardClient, count: number, describe: () => string) {
  return until(
    () => `${count} tasks have ended; ${describe()}`,
    async () => {
      const tasks = [];
      for await (const { id, state } of client.tasks({ limit: 1000 }))
        if (['succeeded', 'dead', 'cancelled'].includes(state)) tasks.push(id);
      return tasks.length >= count ? Promise.all(tasks.map((id) => client.task(id))) : undefined;
    },
    { timeoutMs: 80_000, everyMs: 200 },
  );
}
