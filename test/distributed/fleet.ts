import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess } from '../cli/cli-process.js';
import { findFreePort } from '../original.js';

const ADAPTER = `
export async function run_work(value: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 5));
  return value + 1;
}
`;

export interface FleetOptions {
  queueUrl: string;
  storeUrl: string;
  /** First word of names in broker and database that nobody else uses. */
  prefix: string;
  /** Where a component runs; all on this machine when absent. */
  placeOf?: (name: string) => Place;
}

/** A host: its address, and the command that enters it. */
export interface Place {
  address: string;
  enter: readonly string[];
}

const HERE: Place = { address: '127.0.0.1', enter: [] };

interface Part {
  args: string[];
  cli: CliProcess;
}

/** Components of one yard, each a process of its own, by name. */
export class Fleet {
  readonly gatewayUrls: string[] = [];
  readonly #parts = new Map<string, Part>();
  readonly #env: Record<string, string>;
  readonly #discoveryPorts: number[];
  readonly #project: string;
  readonly #dir: string;
  readonly #placeOf: (name: string) => Place;

  private constructor(dir: string, options: FleetOptions, discoveryPorts: number[]) {
    this.#dir = dir;
    this.#placeOf = options.placeOf ?? (() => HERE);
    this.#project = join(dir, 'work');
    this.#discoveryPorts = discoveryPorts;
    this.#env = {
      RUNYARD_QUEUE_URL: options.queueUrl,
      RUNYARD_QUEUE_PREFIX: options.prefix,
      RUNYARD_STORE_URL: options.storeUrl,
      RUNYARD_STORE_SCHEMA: options.prefix.replaceAll('-', '_'),
      RUNYARD_DISCOVERY_URLS: discoveryPorts
        .map((port, index) => `http://${this.#placeOf(`discovery-${index}`).address}:${port}`)
        .join(','),
      RUNYARD_LOG_LEVEL: 'info',
    };
  }

  static async create(options: FleetOptions): Promise<Fleet> {
    const dir = await mkdtemp(join(tmpdir(), 'runyard-fleet-'));
    await mkdir(join(dir, 'work'));
    await writeFile(join(dir, 'work', 'runner_adapter.ts'), ADAPTER);
    return new Fleet(dir, options, [await findFreePort(), await findFreePort()]);
  }

  /** Of the tables in the database. */
  get schema(): string {
    return this.#env['RUNYARD_STORE_SCHEMA'] ?? '';
  }

  get discoveryUrls(): string[] {
    return (this.#env['RUNYARD_DISCOVERY_URLS'] ?? '').split(',');
  }

  get names(): string[] {
    return [...this.#parts.keys()];
  }

  /** Starts a component: `discovery-0` and `discovery-1`, `runner-*`, `controller-*`, `gateway-*`. */
  async start(name: string): Promise<CliProcess> {
    const kind = name.split('-')[0] ?? '';
    const args = this.#parts.get(name)?.args ?? (await this.#describe(kind, name));
    const cli = new CliProcess(args, { cwd: this.#dir, env: this.#env, prefix: this.#placeOf(name).enter });
    this.#parts.set(name, { args, cli });
    return cli;
  }

  get(name: string): CliProcess {
    const part = this.#parts.get(name);
    if (!part) throw new Error(`no part ${name}`);
    return part.cli;
  }

  /** Resolves when a component says that it is up. */
  async ready(name: string): Promise<void> {
    await this.get(name).waitFor(/^(runner|discovery|controller|gateway) /m);
  }

  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await Promise.all([...this.#parts.values()].map(({ cli }) => cli.end(signal)));
    this.#parts.clear();
  }

  /** What every component printed last, for a test that failed. */
  describe(): string {
    return [...this.#parts]
      .map(([name, { cli }]) => `--- ${name}\n${cli.stdout.slice(-500)}${cli.stderr.slice(-3000)}`)
      .join('\n');
  }

  async #describe(kind: string, name: string): Promise<string[]> {
    const data = ['--data', join(this.#dir, `data-${name}`)];
    const { address } = this.#placeOf(name);
    if (kind === 'controller') return ['controller', ...data];
    if (kind === 'discovery')
      return ['discovery', '--host', address, '--port', String(this.#discoveryPorts[Number(name.slice(-1))])];
    if (kind === 'runner') return ['runner', this.#project, '--host', address, '--port', '0'];
    const port = await findFreePort();
    this.gatewayUrls.push(`http://${address}:${port}`);
    return ['gateway', '--host', address, '--port', String(port), '--no-keys', ...data];
  }
}
