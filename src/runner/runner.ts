import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { Registrar, RUNNER_ID, type RunnerRegistry } from '../discovery/index.js';
import { describeError, RunyardError } from '../errors/index.js';
import type { ProjectHost } from '../host/index.js';
import type { RunnerRegistration } from '../protocol/index.js';
import { silentLogger, type Logger, type Metrics, type Tracer } from '../telemetry/index.js';
import { Catalogue } from './catalogue.js';
import { PoolMetrics } from './pool-metrics.js';
import { describeHealth, type RunnerHealth } from './runner-health.js';
import { RunService } from './run-service.js';
import { createRunnerServer } from './runner-server.js';

export interface RunnerOptions {
  /** Unique among all runners. @default the name and eight random digits */
  id?: string;
  /** The project's. */
  name: string;
  /** What runs the project. It stays the caller's: closing the runner leaves it open. */
  host: ProjectHost;
  /** Port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Where others reach it. @default `http://`, the advertised host and the port it listens on */
  address?: string;
  /** Host name others reach it by. @default where it listens */
  advertisedHost?: string;
  /** Base addresses of the discoveries to register with. */
  discoveries: string[];
  /** A registry in this process to register with. */
  registry?: RunnerRegistry;
  /** Register by the original `POST /algorithms` as well. @default false */
  original?: boolean;
  logger?: Logger;
  metrics?: Metrics;
  tracer?: Tracer | undefined;
  /** Most bytes of a request's body. @default 67108864 */
  bodyLimitBytes?: number;
  /** Of Runyard; told in every answer. @default '0.0.0' */
  version?: string;
  labels?: Record<string, string>;
  /** Longest chain of algorithms calling algorithms; the host's own limit when absent. */
  maxDepth?: number;
  /** Between two comments on a quiet stream. @default 10000 */
  keepAliveMs?: number;
}

/** A project behind HTTP, known to discovery. */
export interface Runner {
  readonly id: string;
  readonly name: string;
  /** Base address. */
  readonly address: string;
  readonly port: number;
  /** What it says of itself to discovery now. */
  registration(): RunnerRegistration;
  health(): RunnerHealth;
  /** Refuses new runs, tells discovery, and resolves when the running ones have ended or the signal aborts. */
  drain(signal?: AbortSignal): Promise<void>;
  /** Unregisters and stops listening. What still runs is cancelled, and its clients are told to go elsewhere. */
  close(): Promise<void>;
}

/**
 * Listens and registers. Discoveries that are down are tried again in the background.
 * @throws RunyardError `port_in_use`, `invalid_config`
 */
export async function createRunner(options: RunnerOptions): Promise<Runner> {
  const runner = new HttpRunner(options);
  await runner.listen();
  return runner;
}

const DEFAULT_BODY_LIMIT_BYTES = 64 * 1024 * 1024;

class HttpRunner implements Runner {
  readonly id: string;
  readonly name: string;
  readonly #options: RunnerOptions;
  readonly #host: ProjectHost;
  readonly #logger: Logger;
  readonly #version: string;
  readonly #catalogue: Catalogue;
  readonly #service: RunService;
  readonly #server: FastifyInstance;
  readonly #registrar: Registrar;
  readonly #poolMetrics: PoolMetrics | undefined;
  #stopFollowing: () => void = () => undefined;
  #address = '';
  #port = 0;

  constructor(options: RunnerOptions) {
    const { name, host, metrics, maxDepth, registry, version = '0.0.0' } = options;
    this.#options = options;
    this.name = name;
    this.id = options.id ?? createId(name);
    if (!RUNNER_ID.test(this.id))
      throw new RunyardError(
        'invalid_config',
        `expected a runner id of letters, digits, '_', '-' and '.', got '${this.id}'`,
      );
    this.#host = host;
    this.#logger = options.logger ?? silentLogger;
    this.#version = version;
    this.#catalogue = new Catalogue(host, { title: name, version });
    this.#service = new RunService({
      host,
      catalogue: this.#catalogue,
      logger: this.#logger,
      keepAliveMs: options.keepAliveMs ?? 10_000,
      ...(metrics && { metrics }),
      ...(maxDepth !== undefined && { maxDepth }),
    });
    this.#registrar = new Registrar({
      id: this.id,
      registration: () => this.registration(),
      discoveries: options.discoveries,
      original: options.original ?? false,
      logger: this.#logger,
      ...(registry && { registry }),
    });
    this.#poolMetrics = metrics && new PoolMetrics(host, metrics, name);
    this.#server = createRunnerServer({
      service: this.#service,
      catalogue: this.#catalogue,
      health: () => this.health(),
      metrics: () => this.#readMetrics(),
      logger: this.#logger,
      tracer: options.tracer,
      version,
      bodyLimitBytes: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    });
  }

  get address(): string {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    const { host, port } = this.#options.listen;
    try {
      await this.#server.listen({ host, port });
    } catch (error) {
      await this.close();
      throw new RunyardError(
        'port_in_use',
        `runner '${this.name}' cannot listen on ${host}:${port}: ${describeError(error)}; choose another port`,
        { cause: error },
      );
    }
    this.#port = (this.#server.server.address() as AddressInfo).port;
    const { address, advertisedHost = reachableHost(host) } = this.#options;
    this.#address = address ?? `http://${advertisedHost}:${this.#port}`;
    this.#stopFollowing = this.#host.onChange(() => {
      this.#catalogue.forget();
      this.#poolMetrics?.refresh();
      this.#registrar.changed();
    });
    await this.#registrar.start();
  }

  registration(): RunnerRegistration {
    const algorithms = [...this.#host.algorithms];
    const capacities = Object.fromEntries(algorithms.map(({ name }) => [name, this.#host.capacity(name)]));
    const { labels } = this.#options;
    return {
      host: this.#address,
      algorithms,
      // Each algorithm has its own room in the host: a full one must not make the others look full.
      capacity: Object.values(capacities).reduce((sum, capacity) => sum + capacity, 0),
      capacities,
      load: this.#host.health().running,
      version: this.#version,
      ...(this.#service.isDraining && { draining: true }),
      ...(labels && { labels }),
    };
  }

  health(): RunnerHealth {
    return describeHealth(this.#host.health(), {
      isDraining: this.#service.isDraining,
      runner: this.id,
      name: this.name,
      version: this.#version,
      algorithms: this.#catalogue.names(),
    });
  }

  async drain(signal?: AbortSignal): Promise<void> {
    this.#service.refuseNew();
    await this.#registrar.push();
    await this.#host.drain(signal);
  }

  async close(): Promise<void> {
    this.#stopFollowing();
    this.#service.refuseNew();
    await this.#registrar.close();
    this.#service.giveBack();
    this.#poolMetrics?.close();
    await closeServer(this.#server);
  }

  async #readMetrics(): Promise<string> {
    this.#poolMetrics?.refresh();
    return (await this.#options.metrics?.registry.metrics()) ?? '';
  }
}

/** How long answers may take to reach their clients before their connections are cut. */
const FLUSH_MS = 1_000;

async function closeServer(server: FastifyInstance): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), FLUSH_MS);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

function createId(name: string): string {
  const slug = name.replaceAll(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${slug.slice(0, 100) || 'runner'}-${randomBytes(4).toString('hex')}`;
}

/** "Every interface" is reached by loopback; who is reached from elsewhere names an address. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
