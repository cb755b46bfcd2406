import type { Logger } from '../../telemetry/index.js';
import { isFinal } from '../../protocol/index.js';
import { textArray } from './array-param.js';
import type { TaskMark } from './task-mark.js';
import { encodeNotices } from './change-notices.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement } from './statement.js';

/** What is changed meanwhile goes into the same notice. */
const GATHER_MS = 5;
/** Somebody may be waiting for the end of a task: it is told at once, but not more often than this. */
const END_GATHER_MS = 2;

const NOTIFY = createStatement('notify', 'SELECT pg_notify($1, notice) FROM unnest($2::text[]) AS notice');

export interface ChangeNotifierOptions {
  server: Pick<PostgresServer, 'query'>;
  channel: string;
  /** Names this process in its notices. */
  origin: string;
  logger: Logger;
}

/**
 * Tells other processes of changes, after they are kept: a transaction that notifies holds a lock of the whole server
 * while it commits, and one that changes nothing else commits without waiting for the disk. What a process that dies in
 * between does not tell, the others find by looking (see ChangeListener).
 */
export class ChangeNotifier {
  readonly #options: ChangeNotifierOptions;
  #untold: TaskMark[] = [];
  #telling: Promise<void> | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Called when there is nothing left to tell. */
  #onIdle: (() => void)[] = [];

  constructor(options: ChangeNotifierOptions) {
    this.#options = options;
  }

  tell(marks: readonly TaskMark[]): void {
    if (marks.length === 0) return;
    this.#untold.push(...marks);
    const now = performance.now();
    const isEnd = marks.some(({ state }) => state !== undefined && isFinal(state));
    this.#schedule(isEnd ? Math.max(now, this.#toldAt + END_GATHER_MS) : now + GATHER_MS);
  }

  /** Resolves when everything is told. */
  async idle(): Promise<void> {
    if (this.#untold.length === 0 && !this.#telling) return;
    await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  /** The earliest time counts. */
  #schedule(dueAt: number): void {
    if (dueAt >= this.#dueAt) return;
    this.#dueAt = dueAt;
    if (this.#telling) return;
    clearTimeout(this.#timer);
    const waitMs = dueAt - performance.now();
    if (waitMs <= 0) this.#begin();
    else this.#timer = setTimeout(() => this.#begin(), waitMs);
  }

  #begin(): void {
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#telling = this.#tellAll().finally(() => this.#finish());
  }

  #finish(): void {
    this.#telling = undefined;
    const dueAt = this.#dueAt;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#untold.length > 0) return this.#schedule(dueAt);
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  async #tellAll(): Promise<void> {
    const { server, channel, origin, logger } = this.#options;
    const notices = encodeNotices(origin, this.#untold.splice(0));
    try {
      await server.query(NOTIFY, [channel, textArray(notices)]);
    } catch (error) {
      logger.debug({ err: error }, 'could not tell other processes of changes; they look for themselves');
    }
    this.#toldAt = performance.now();
  }
}
