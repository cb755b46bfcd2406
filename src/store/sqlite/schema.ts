import { Tally } from '../../sqlite/index.js';

/**
 * `seq` is the order of arrival: lists go by it, and every index ends with it. What is changed or shown often comes
 * first in a row; bodies come last, and large ones are kept apart, since a changed row is written anew as a whole.
 * `attempts` holds ended ones as JSON objects with commas in between; the open one is in columns of its own.
 * `options` holds the optional fields of the task as JSON; those that are searched for have a column besides.
 */
export const STORE_SCHEMA: readonly string[] = [
  `
  CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    algorithm TEXT NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 0,
    event_seq INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    available_at INTEGER,
    attempt_count INTEGER NOT NULL DEFAULT 0,
    crash_count INTEGER NOT NULL DEFAULT 0,
    lost_count INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    attempt_number INTEGER NOT NULL DEFAULT 0,
    attempt_started_at INTEGER,
    token TEXT,
    deadline INTEGER,
    owner TEXT,
    idempotency_key TEXT,
    payload_hash TEXT,
    callback_url TEXT,
    error_class TEXT,
    options TEXT,
    error TEXT,
    payload TEXT,
    attempts TEXT,
    result TEXT
  );
  CREATE INDEX tasks_lane ON tasks (algorithm, state);
  CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX tasks_deadline ON tasks (deadline) WHERE state = 0 AND deadline IS NOT NULL;
  CREATE INDEX tasks_owner ON tasks (owner, state) WHERE owner IS NOT NULL;
  CREATE INDEX tasks_error_class ON tasks (error_class) WHERE error_class IS NOT NULL;
  CREATE UNIQUE INDEX tasks_idempotency ON tasks (ifnull(owner, ''), idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE task_bodies (key INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE task_events (
    task INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (task, seq)
  ) WITHOUT ROWID;
  CREATE TABLE task_callbacks (
    task TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    leased INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX task_callbacks_due ON task_callbacks (due_at);
  ${Tally.createTable('task_counts')}
  `,
];
