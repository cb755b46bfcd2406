import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findFreePort } from '../original.js';
import { until } from '../until.js';

const BINARIES = '/usr/lib/rabbitmq/bin';
const USER = 'runyard:yard';

export interface RabbitmqOptions {
  /** Lines of rabbitmq.conf. */
  settings?: Record<string, string>;
  /** Terms of the `rabbit` application that have no such line. */
  advanced?: string;
  /** Address it listens on. @default '127.0.0.1' */
  host?: string;
  /** Port it listens on. @default a free one */
  port?: number;
  /** Name and password, `:` between them. @default 'runyard:yard' */
  user?: string;
  /** Command in front of its own, such as one that enters a network namespace. */
  prefix?: readonly string[];
}

/** A RabbitMQ server with files of its own, on free ports of loopback, found by nobody: it needs no port mapper. */
export class RabbitmqProcess {
  readonly url: string;
  readonly port: number;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #options: RabbitmqOptions;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, distPort: number, options: RabbitmqOptions) {
    this.#folder = folder;
    this.#options = options;
    this.port = port;
    this.url = `amqp://${options.user ?? USER}@${options.host ?? '127.0.0.1'}:${port}`;
    const inFolder = (name: string): string => join(folder, name);
    const distribution = `-start_epmd false -erl_epmd_port ${distPort} -kernel inet_dist_use_interface {127,0,0,1}`;
    const control = `-start_epmd false -erl_epmd_port ${distPort} -dist_listen false`;
    this.#env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      LANG: 'C.UTF-8',
      RABBITMQ_NODENAME: `yard-${distPort}@localhost`,
      RABBITMQ_MNESIA_BASE: inFolder('mnesia'),
      RABBITMQ_LOG_BASE: inFolder('log'),
      RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
      RABBITMQ_ADVANCED_CONFIG_FILE: inFolder('advanced.config'),
      RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('enabled_plugins'),
      RABBITMQ_PID_FILE: inFolder('pid'),
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: distribution,
      RABBITMQ_CTL_ERL_ARGS: control,
    };
  }

  /** @param folder exists and is empty */
  static async create(folder: string, options: RabbitmqOptions = {}): Promise<RabbitmqProcess> {
    ensureInstalled();
    return new RabbitmqProcess(folder, options.port ?? (await findFreePort()), await findFreePort(), options);
  }

  /** Of the Erlang machine, once it runs. */
  get pid(): number {
    return Number(readFileSync(join(this.#folder, 'pid'), 'utf8'));
  }

  /** Resolves when it takes connections. The server outlives this process unless it is stopped. */
  async start(): Promise<void> {
    this.#configure();
    const log = openSync(join(this.#folder, 'output'), 'a');
    const [command = '', ...args] = [...(this.#options.prefix ?? []), join(BINARIES, 'rabbitmq-server')];
    const child = spawn(command, args, {
      env: this.#env,
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', log, log],
    });
    this.#process = child;
    child.unref();
    const readOutput = (): string => readFileSync(join(this.#folder, 'output'), 'utf8');
    const before = countStarts(readOutput());
    await until(
      () => `RabbitMQ has started; it printed: ${readOutput()}`,
      () => {
        if (child.exitCode !== null) throw new Error(`RabbitMQ ended: ${readOutput()}`);
        return countStarts(readOutput()) > before;
      },
    );
  }

  /** A command of rabbitmqctl. Gives what it printed. */
  async control(...args: string[]): Promise<string> {
    const [command = '', ...rest] = [...(this.#options.prefix ?? []), join(BINARIES, 'rabbitmqctl'), ...args];
    const { stdout } = await promisify(execFile)(command, rest, { env: this.#env });
    return stdout;
  }

  /** Resolves when it has ended. `kill` is a crash. */
  async stop(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    const { pid } = this;
    if (!existsSync(`/proc/${pid}`)) return;
    process.kill(pid, how === 'stop' ? 'SIGTERM' : 'SIGKILL');
    await until('RabbitMQ has ended', () => !existsSync(`/proc/${pid}`) && this.#process?.exitCode !== null);
  }

  /** SIGSTOP leaves its connections open and silent. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.pid, signal);
  }

  #configure(): void {
    const [user = '', password = ''] = (this.#options.user ?? USER).split(':');
    const lines = {
      'listeners.tcp.1': `${this.#options.host ?? '127.0.0.1'}:${this.port}`,
      default_user: user,
      default_pass: password,
      'log.file.level': 'warning',
      ...this.#options.settings,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(join(this.#folder, 'rabbitmq.conf'), text.join(''));
    writeFileSync(join(this.#folder, 'advanced.config'), `[{rabbit, [${this.#options.advanced ?? ''}]}].\n`);
    writeFileSync(join(this.#folder, 'enabled_plugins'), '[].\n');
    for (const name of ['mnesia', 'log']) mkdirSync(join(this.#folder, name), { recursive: true });
  }
}

function countStarts(output: string): number {
  return output.split('Starting broker... completed').length - 1;
}

/** Installs RabbitMQ when it is missing and that can be done. */
function ensureInstalled(): void {
  const script = fileURLToPath(new URL('../../scripts/prerequisites.mjs', import.meta.url));
  const { status } = spawnSync(process.execPath, [script, 'rabbitmq'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('RabbitMQ is missing.');
}
