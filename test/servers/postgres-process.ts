import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { until } from '../until.js';

const USER = 'runyard';
/** How PostgreSQL ends: `immediate` is a crash, after which it recovers from its log. */
const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

export interface PostgresOptions {
  /** Address it listens on. @default '127.0.0.1' */
  host?: string;
  /** Command in front of its own, such as one that enters a network namespace. */
  prefix?: readonly string[];
}

/** A PostgreSQL server with files of its own, on a free port of loopback. As root it runs as the user `postgres`. */
export class PostgresProcess {
  readonly url: string;
  readonly #folder: string;
  readonly #options: PostgresOptions;
  readonly #port: number;
  readonly #binaries: string;
  readonly #user: { uid: number; gid: number } | undefined;
  #process: ChildProcess | undefined;
  #frozen: number[] = [];

  private constructor(folder: string, port: number, password: string, options: PostgresOptions) {
    this.#folder = folder;
    this.#port = port;
    this.#options = options;
    this.#binaries = findBinaries();
    this.#user = process.getuid?.() === 0 ? findUser('postgres') : undefined;
    this.url = `postgres://${USER}:${password}@${options.host ?? '127.0.0.1'}:${port}/postgres`;
  }

  /** @param folder exists, is empty, and can be reached by every user */
  static async create(folder: string, options: PostgresOptions = {}): Promise<PostgresProcess> {
    const password = randomBytes(12).toString('hex');
    const server = new PostgresProcess(folder, await findFreePort(), password, options);
    server.#initialize(password);
    return server;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  #initialize(password: string): void {
    const data = join(this.#folder, 'data');
    const passwordFile = join(this.#folder, 'password');
    mkdirSync(data);
    writeFileSync(passwordFile, password);
    chmodSync(data, 0o700);
    if (this.#user) {
      for (const path of [this.#folder, data, passwordFile]) chownSync(path, this.#user.uid, this.#user.gid);
    }
    const args = [
      ...['--pgdata', data, '--username', USER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
      ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync'],
    ];
    execFileSync(join(this.#binaries, 'initdb'), args, { ...this.#user, stdio: 'pipe', cwd: this.#folder });
    const settings = {
      listen_addresses: `'${this.#options.host ?? '127.0.0.1'}'`,
      port: this.#port,
      unix_socket_directories: "''",
      max_connections: 200,
      shared_buffers: "'256MB'",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(join(data, 'postgresql.auto.conf'), lines.join(''));
    if (this.#options.host !== undefined)
      appendFileSync(join(data, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
  }

  /** What stands in front may need to be root; then the user is changed behind it. */
  #describeStart(): { command: string; args: string[]; user: { uid: number; gid: number } | undefined } {
    const own = [join(this.#binaries, 'postgres'), '-D', join(this.#folder, 'data')];
    const { prefix = [] } = this.#options;
    const change =
      prefix.length > 0 && this.#user
        ? ['setpriv', `--reuid=${this.#user.uid}`, `--regid=${this.#user.gid}`, '--clear-groups']
        : [];
    const [command = '', ...args] = [...prefix, ...change, ...own];
    return { command, args, user: prefix.length > 0 ? undefined : this.#user };
  }

  /** Resolves when it takes connections. The server outlives this process unless it is stopped. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const { command, args, user } = this.#describeStart();
    const child = spawn(command, args, {
      ...user,
      cwd: this.#folder,
      detached: true,
      stdio: ['ignore', log, log],
    });
    this.#process = child;
    child.unref();
    await until(
      () => `PostgreSQL takes connections; its log: ${readFileSync(join(this.#folder, 'log'), 'utf8')}`,
      () => canConnect(this.url),
    );
  }

  /** Resolves when it has ended. */
  async stop(how: keyof typeof SIGNALS): Promise<void> {
    const child = this.#process;
    this.thaw();
    if (child?.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(SIGNALS[how]);
    await ended;
  }

  /** Stops the server and its connections where they are, as a host that hangs does. */
  freeze(): void {
    this.#frozen = this.#listProcesses();
    for (const pid of this.#frozen) process.kill(pid, 'SIGSTOP');
  }

  thaw(): void {
    for (const pid of this.#frozen) process.kill(pid, 'SIGCONT');
    this.#frozen = [];
  }

  /** The server and its direct children, which are all there are. */
  #listProcesses(): number[] {
    const { pid } = this;
    if (pid === undefined) return [];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...children.split(' ').filter(Boolean).map(Number)];
  }
}

async function canConnect(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Installs PostgreSQL when it is missing and that can be done. */
function findBinaries(): string {
  const script = fileURLToPath(new URL('../../scripts/prerequisites.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script, 'postgres'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('PostgreSQL is missing.');
  return dirname(realpathSync(stdout.trim()));
}

function findUser(name: string): { uid: number; gid: number } {
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  if (!entry) throw new Error(`expected a user ${name}, since PostgreSQL refuses to run as root`);
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
