import { Tally } from '../../sqlite/index.js';

/**
 * - `ready`: may be claimed.
 * - `delayed`: becomes ready at `available_at`.
 * - `claimed`: with `consumer`, under its lease.
 */
export const MESSAGE_STATE = { ready: 0, delayed: 1, claimed: 2 } as const;

/**
 * A claim costs the same with none and with millions waiting: ready messages have an index in the order they go out,
 * and delayed and claimed ones are not in it.
 */
export const QUEUE_SCHEMA: readonly string[] = [
  `
  CREATE TABLE queue_messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state INTEGER NOT NULL,
    published_at INTEGER NOT NULL,
    available_at INTEGER,
    consumer INTEGER,
    lost_deliveries INTEGER NOT NULL DEFAULT 0,
    republished INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX queue_ready ON queue_messages (algorithm, priority DESC, seq) WHERE state = 0;
  CREATE INDEX queue_delayed ON queue_messages (available_at) WHERE state = 1;
  CREATE INDEX queue_claimed ON queue_messages (consumer) WHERE state = 2;
  CREATE TABLE queue_consumers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instance TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    lease_ms INTEGER NOT NULL,
    renewals INTEGER NOT NULL,
    host TEXT NOT NULL,
    boot TEXT,
    pid_namespace TEXT,
    pid INTEGER NOT NULL,
    started TEXT
  );
  ${Tally.createTable('queue_depths')}
  `,
];
