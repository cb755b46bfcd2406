/**
 * `seq` is the order of arrival: lists go by it, and every index of a list ends with it.
 * `attempts` holds ended ones as JSON objects with commas in between; the open one is in columns of its own.
 * `options` holds the optional fields of the task as JSON; those that are searched for have a column besides. JSON is
 * kept as text, because `jsonb` takes no NUL and does not give back what it got. Long texts are kept outside of the row
 * by PostgreSQL itself, and are not written again when the rest of the row changes.
 * `came_from` is the state before the last change: a statement that changes a row cannot give back what was there.
 *
 * Each change of a state is a new entry in every index that holds the row: a plain task is in three, and in one more
 * when it has ended. `task_counts` has a few rows per lane, so that processes do not wait for each other to count.
 */
export const STORE_SCHEMA: readonly string[] = [
  `
  CREATE TABLE tasks (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    started_at bigint,
    ended_at bigint,
    available_at bigint,
    deadline bigint,
    attempt_started_at bigint,
    event_seq integer NOT NULL DEFAULT 0,
    attempt_number integer NOT NULL DEFAULT 0,
    attempt_count integer NOT NULL DEFAULT 0,
    crash_count integer NOT NULL DEFAULT 0,
    lost_count integer NOT NULL DEFAULT 0,
    state smallint NOT NULL,
    priority smallint NOT NULL,
    cancel_requested smallint NOT NULL DEFAULT 0,
    came_from smallint,
    id text COLLATE "C" NOT NULL UNIQUE,
    algorithm text COLLATE "C" NOT NULL,
    token text COLLATE "C",
    owner text COLLATE "C",
    idempotency_key text COLLATE "C",
    payload_hash text COLLATE "C",
    callback_url text COLLATE "C",
    error_class text COLLATE "C",
    options text COLLATE "C",
    error text COLLATE "C",
    payload text COLLATE "C" NOT NULL,
    attempts text COLLATE "C",
    result text COLLATE "C"
  ) WITH (
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02
  );
  CREATE INDEX tasks_lane ON tasks (algorithm, state, seq);
  CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX tasks_deadline ON tasks (deadline)
    WHERE state = 0 AND started_at IS NULL AND deadline IS NOT NULL;
  CREATE INDEX tasks_owner ON tasks (owner, algorithm, state, seq) WHERE owner IS NOT NULL;
  CREATE INDEX tasks_owner_error_class ON tasks (owner, error_class, algorithm, state, seq)
    WHERE owner IS NOT NULL AND error_class IS NOT NULL;
  CREATE INDEX tasks_error_class ON tasks (error_class, algorithm, state, seq) WHERE error_class IS NOT NULL;
  CREATE UNIQUE INDEX tasks_idempotency ON tasks ((coalesce(owner, '')), idempotency_key)
    WHERE idempotency_key IS NOT NULL;
  CREATE TABLE task_events (
    task bigint NOT NULL,
    time bigint NOT NULL,
    seq integer NOT NULL,
    attempt integer NOT NULL,
    type text COLLATE "C" NOT NULL,
    data text COLLATE "C" NOT NULL,
    PRIMARY KEY (task, seq)
  ) WITH (autovacuum_vacuum_scale_factor = 0.02);
  CREATE TABLE task_callbacks (
    due_at bigint NOT NULL,
    tries integer NOT NULL,
    leased boolean NOT NULL,
    task text COLLATE "C" PRIMARY KEY,
    url text COLLATE "C" NOT NULL
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
  CREATE INDEX task_callbacks_due ON task_callbacks (due_at);
  CREATE TABLE task_counts (
    count bigint NOT NULL,
    slot smallint NOT NULL,
    state smallint NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    PRIMARY KEY (slot, algorithm, state)
  ) WITH (fillfactor = 30);
  `,
];
