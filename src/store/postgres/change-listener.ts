import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { describeError } from '../../errors/index.js';
import type { TaskState } from '../../protocol/index.js';
import type { Logger } from '../../telemetry/index.js';
import { TaskListeners } from '../task-listeners.js';
import { textArray } from './array-param.js';
import type { TaskMark } from './task-mark.js';
import { decodeNotice } from './change-notices.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement, toQuery } from './statement.js';
import { decodeText, encodeText } from './text-code.js';

export interface ChangeListenerOptions {
  server: PostgresServer;
  schema: string;
  channel: string;
  /** Notices of this origin are this process's own, and were told already. */
  origin: string;
  logger: Logger;
  /** Between two looks at all followed tasks, in milliseconds. */
  checkMs: number;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Tells followers of tasks what changed: at once what was changed here, by the server's notices what other processes
 * changed. After a gap in listening each follower is told to look for itself. Besides, it looks now and then at the
 * version of each followed row, for changes of processes that died before they told, which shows as well whether the
 * connection still lives.
 */
export class ChangeListener {
  readonly #options: ChangeListenerOptions;
  readonly #listeners: TaskListeners;
  /** As seen at the last look. */
  #versions = new Map<string, string>();
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ChangeListenerOptions) {
    this.#options = options;
    this.#listeners = new TaskListeners(options.logger);
  }

  watch(id: string, listener: (state?: TaskState) => void): () => void {
    if (!this.#closing.signal.aborted) this.#running ??= this.#run();
    return this.#listeners.add(id, listener, () => this.#versions.delete(id));
  }

  tell(marks: readonly TaskMark[]): void {
    if (this.#listeners.size === 0) return;
    for (const { id, state } of marks) this.#listeners.call(id, state);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { logger, server } = this.#options;
    for (let failures = 0; !this.#closing.signal.aborted; failures++) {
      const client = server.createClient();
      try {
        await this.#listen(client, () => (failures = 0));
      } catch (error) {
        const delayMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
        logger.warn(
          { err: error, delayMs },
          `listening for changes of tasks broke off: ${describeError(error)}`,
        );
        await this.#pause(delayMs);
      } finally {
        // One that is broken has nothing left to say.
        await client.end().catch(() => {});
      }
    }
  }

  /** Until the connection breaks, or all is closed. */
  async #listen(client: Client, onListening: () => void): Promise<void> {
    const { schema, channel } = this.#options;
    const broken = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection ended')));
    });
    // Nobody may be waiting for it at the moment it breaks; the next wait throws.
    broken.catch(() => {});
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    await client.connect();
    await client.query(`SET search_path = ${client.escapeIdentifier(schema)}; SET enable_seqscan = off`);
    await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
    onListening();
    this.#versions.clear();
    this.#tellAll();
    while (!this.#closing.signal.aborted) {
      await Promise.race([broken, this.#pause(this.#options.checkMs)]);
      if (!this.#closing.signal.aborted) await this.#look(client);
    }
  }

  #hear(text: string): void {
    const { origin, marks } = decodeNotice(text);
    if (origin === this.#options.origin) return;
    if (marks) this.tell(marks);
    else this.#tellAll();
  }

  #tellAll(): void {
    for (const id of this.#listeners.ids()) this.#listeners.call(id);
  }

  async #look(client: Client): Promise<void> {
    const ids = this.#listeners.ids();
    const { rows } = await client.query<[id: string, version: string]>(
      toQuery(GET_VERSIONS, [textArray(ids.map(encodeText))]),
    );
    const before = this.#versions;
    this.#versions = new Map(rows.map(([id, version]) => [decodeText(id), version]));
    for (const id of ids) if (before.get(id) !== this.#versions.get(id)) this.#listeners.call(id);
  }

  /** Does not keep the process alive. Closing cuts it short. */
  async #pause(ms: number): Promise<void> {
    const { signal } = this.#closing;
    await delay(ms, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** Every change of a row comes with another `xmin`. */
const GET_VERSIONS = createStatement<[id: string, version: string]>(
  'get versions',
  'SELECT id, xmin::text FROM tasks WHERE id = ANY ($1::text[])',
);
