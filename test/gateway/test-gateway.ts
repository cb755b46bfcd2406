import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createLocalDirectory, RunnerRegistry } from '../../src/discovery/index.js';
import { createGateway, type ApiKey, type GatewayOptions } from '../../src/gateway/index.js';
import type { Descriptor, NewTask, Task, TaskError } from '../../src/protocol/index.js';
import { SqliteTaskQueue } from '../../src/queue/index.js';
import { openDatabase, type SqliteDatabase } from '../../src/sqlite/index.js';
import { SqliteTaskStore } from '../../src/store/index.js';
import { createTaskService, type TaskService } from '../../src/tasks/index.js';
import { createMetrics, silentLogger } from '../../src/telemetry/index.js';
import { ScriptedDispatcher } from './scripted-dispatcher.js';

export const echo: Descriptor = {
  name: 'echo',
  description: 'Says it again. Nothing else.',
  input: {
    type: 'object',
    properties: { text: { type: 'string' }, times: { type: 'integer', minimum: 1, default: 1 } },
    required: ['text'],
    additionalProperties: false,
  },
  output: { type: 'string' },
  mode: 'unary',
  limits: {},
};

export const ocr: Descriptor = {
  name: 'vision/ocr',
  input: {
    type: 'object',
    properties: { image_url: { $ref: '#/$defs/Url' } },
    required: ['image_url'],
    additionalProperties: false,
    $defs: { Url: { type: 'string', format: 'uri' } },
  },
  mode: 'stream',
  limits: { timeoutMs: 1000 },
};

/** A gateway on a free port of loopback, over a real queue and store, with a dispatcher of the test. */
export class TestGateway {
  readonly dispatcher = new ScriptedDispatcher();
  readonly registry = new RunnerRegistry();
  readonly directory = createLocalDirectory(this.registry);
  readonly metrics = createMetrics();
  readonly database: SqliteDatabase;
  readonly queue: SqliteTaskQueue;
  readonly store: SqliteTaskStore;
  readonly tasks: TaskService;
  app: FastifyInstance;
  url = '';
  readonly #dir: string;
  readonly #options: Partial<GatewayOptions>;
  #isLost = false;

  constructor(dir: string, options: Partial<GatewayOptions>) {
    this.#dir = dir;
    this.#options = options;
    this.database = openDatabase({ path: join(dir, 'yard.db') });
    this.queue = new SqliteTaskQueue({ database: this.database });
    this.store = new SqliteTaskStore({ database: this.database });
    const { directory, metrics, store, queue } = this;
    this.tasks = createTaskService({ store, queue, directory, metrics, atomic: true });
    this.app = this.#createApp();
    this.offer('r1', echo, ocr);
  }

  #createApp(): FastifyInstance {
    const { tasks, store, queue, directory, metrics, dispatcher } = this;
    return createGateway({
      ...{ tasks, store, queue, directory, metrics, dispatcher },
      apiKeys: [],
      cors: { origins: [] },
      bodyLimitBytes: 1024 * 1024,
      callDepth: 4,
      version: '1.2.3',
      logger: silentLogger,
      ...this.#options,
    });
  }

  get port(): number {
    return (this.app.server.address() as AddressInfo).port;
  }

  async listen(host = '127.0.0.1'): Promise<this> {
    await this.app.listen({ host, port: 0 });
    this.url = `http://127.0.0.1:${this.port}`;
    return this;
  }

  /** Closes the gateway and opens another one at the same address. */
  async restart(port: number): Promise<void> {
    await this.app.close();
    this.app = this.#createApp();
    await this.app.listen({ host: '127.0.0.1', port });
  }

  offer(id: string, ...algorithms: Descriptor[]): void {
    this.registry.put(id, { host: `http://${id}:5000`, algorithms, capacity: 4, load: 0 });
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url + path, init);
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  async submit(more: Partial<NewTask> = {}): Promise<Task> {
    const { task } = await this.tasks.submit({ algorithm: 'echo', payload: { text: 'hi' }, ...more });
    return task;
  }

  /** What a controller does when it takes a task up. */
  async start(id: string, token = 'secret-token'): Promise<void> {
    await this.store.startAttempt(id, { token, startedAt: Date.now(), lostDeliveries: 0 });
  }

  async succeed(id: string, resultJson = '"done"', token = 'secret-token'): Promise<void> {
    const endedAt = Date.now();
    await this.store.endAttempt(id, { token, runner: 'r1', endedAt, outcome: 'succeeded', resultJson });
  }

  async die(id: string, more: Partial<TaskError> = {}): Promise<void> {
    const error: TaskError = { class: 'failed', code: 'algorithm_error', message: 'boom', ...more };
    await this.start(id, 'last-token');
    await this.store.endAttempt(id, { token: 'last-token', endedAt: Date.now(), outcome: 'dead', error });
  }

  async progress(id: string, progress: number): Promise<void> {
    const event = { time: Date.now(), attempt: 1, type: 'progress' as const, data: { progress } };
    await this.store.appendEvents(id, [event]);
  }

  /** What a disk that goes away looks like from here. */
  async loseDatabase(): Promise<void> {
    this.#isLost = true;
    await this.database.close();
  }

  #assertLost(error: unknown): void {
    if (!this.#isLost) throw error;
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.directory.close();
    await this.registry.close();
    // Without its database the queue cannot give anything back.
    await this.queue.close({ release: true }).catch((error: unknown) => this.#assertLost(error));
    await this.store.close();
    await this.database.close();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

export async function createTestGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  return new TestGateway(await mkdtemp(join(tmpdir(), 'runyard-gateway-')), options);
}

export async function openGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  return (await createTestGateway(options)).listen();
}

export function apiKey(name: string, key: string, algorithms?: string[]): ApiKey {
  const hash = createHash('sha256').update(key).digest('hex');
  return { name, hash, ...(algorithms && { algorithms }) };
}

/** The body of a problem document, after making sure that it is one. */
export async function problemOf(response: Response): Promise<Record<string, unknown>> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('application/problem+json')) throw new Error(`expected a problem, got ${type}`);
  return (await response.json()) as Record<string, unknown>;
}
