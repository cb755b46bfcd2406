import type { Readable, Writable } from 'node:stream';

/** Everything of the process a command may touch; tests hand in their own. */
export interface CliContext {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  stdin: Readable;
  /** Results. */
  stdout: Writable & { isTTY?: boolean; columns?: number };
  /** Everything else: progress, problems, logs. */
  stderr: Writable & { isTTY?: boolean };
  version: string;
  /** Aborts on the first SIGINT or SIGTERM, for commands that wait. */
  interrupted: AbortSignal;
  /** Resolves on the second signal. */
  forced: Promise<void>;
}
