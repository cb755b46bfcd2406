import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../telemetry/index.js';
import { textArray } from './array-param.js';
import type { TaskMark } from './task-mark.js';
import { encodeNotices } from './change-notices.js';
import type { PostgresServer } from './postgres-server.js';
import { createStatement } from './statement.js';

/** What is changed meanwhile goes into the same notice. */
const GATHER_MS = 5;

const NOTIFY = createStatement('notify', 'SELECT pg_notify($1, notice) FROM unnest($2::text[]) AS notice');

export interface ChangeNotifierOptions {
  server: PostgresServer;
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
  #running: Promise<void> | undefined;

  constructor(options: ChangeNotifierOptions) {
    this.#options = options;
  }

  tell(marks: readonly TaskMark[]): void {
    if (marks.length === 0) return;
    this.#untold.push(...marks);
    this.#running ??= this.#run();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    const { server, channel, origin, logger } = this.#options;
    while (this.#untold.length > 0) {
      await delay(GATHER_MS);
      const notices = encodeNotices(origin, this.#untold.splice(0));
      try {
        await server.query(NOTIFY, [channel, textArray(notices)]);
      } catch (error) {
        logger.debug({ err: error }, 'could not tell other processes of changes; they look for themselves');
      }
    }
    this.#running = undefined;
  }
}
