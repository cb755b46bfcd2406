import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

/** How long output may still come after the process has gone, in case something it started holds the pipes open. */
const FLUSH_MS = 200;
const OUTPUT_TAIL_LENGTH = 8000;

export interface ChildCommand {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** It is killed with everything it started after this time. */
  timeoutMs: number;
  /** Most bytes read of the answer. @default 64 MiB */
  maxAnswerBytes?: number;
  signal?: AbortSignal | undefined;
  /** Whole lines of what it prints, on either stream. */
  onLine?: (line: string) => void;
}

/** How a child ended. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It never started, for instance because there is no such program. */
  error?: NodeJS.ErrnoException;
  timedOut: boolean;
  /** What it wrote to descriptor 3. */
  answer: string;
  /** The last of what it printed. */
  output: string;
}

/**
 * Runs a short-lived child in a process group of its own, which ends with it. What it is asked for it writes to
 * descriptor 3, so that nothing it prints disturbs that.
 * @throws the signal's reason when it aborts; every other end is returned
 */
export async function runChild(options: ChildCommand): Promise<ChildEnd> {
  options.signal?.throwIfAborted();
  const run = new ChildRun(options);
  const end = await run.ended;
  options.signal?.throwIfAborted();
  return end;
}

class ChildRun {
  readonly ended: Promise<ChildEnd>;
  readonly #options: ChildCommand;
  readonly #child: ChildProcess;
  #answer: Buffer[] = [];
  #answerBytes = 0;
  #output = '';
  #timedOut = false;

  constructor(options: ChildCommand) {
    this.#options = options;
    const { command, args, cwd, env } = options;
    this.#child = spawn(command, args, {
      cwd,
      env: { ...env, ALGOOUT: '/dev/fd/3' },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const [, stdout, stderr, answer] = this.#child.stdio as unknown as (Readable | null)[];
    for (const stream of [stdout, stderr]) {
      if (stream) this.#readLines(stream);
    }
    answer?.on('data', (bytes: Buffer) => this.#keep(bytes));
    // A broken pipe comes with the end of the process, which says what there is to say.
    for (const stream of [stdout, stderr, answer]) stream?.on('error', () => {});
    this.ended = this.#watch();
  }

  async #watch(): Promise<ChildEnd> {
    const { signal, timeoutMs } = this.#options;
    const abort = (): void => this.#kill();
    signal?.addEventListener('abort', abort, { once: true });
    const timer = setTimeout(() => {
      this.#timedOut = true;
      this.#kill();
    }, timeoutMs);
    try {
      return await this.#waitForEnd();
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  #waitForEnd(): Promise<ChildEnd> {
    return new Promise((resolve) => {
      const finish = (code: number | null, signal: NodeJS.Signals | null, error?: Error): void =>
        resolve(this.#createEnd(code, signal, error));
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) finish(null, null, error);
      });
      this.#child.on('close', (code, signal) => finish(code, signal));
      this.#child.on('exit', (code, signal) => {
        this.#kill();
        setTimeout(() => {
          for (const stream of this.#child.stdio) stream?.destroy();
          finish(code, signal);
        }, FLUSH_MS).unref();
      });
    });
  }

  #createEnd(code: number | null, signal: NodeJS.Signals | null, error?: Error): ChildEnd {
    return {
      code,
      signal,
      ...(error && { error }),
      timedOut: this.#timedOut,
      answer: Buffer.concat(this.#answer).toString('utf8'),
      output: this.#output.trim(),
    };
  }

  #readLines(stream: Readable): void {
    let partial = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-OUTPUT_TAIL_LENGTH);
      const lines = (partial + text).split('\n');
      partial = (lines.pop() ?? '').slice(-OUTPUT_TAIL_LENGTH);
      for (const line of lines) this.#options.onLine?.(line);
    });
    stream.on('close', () => {
      if (partial !== '') this.#options.onLine?.(partial);
    });
  }

  #keep(bytes: Buffer): void {
    this.#answerBytes += bytes.length;
    if (this.#answerBytes <= (this.#options.maxAnswerBytes ?? 64 * 1024 * 1024)) this.#answer.push(bytes);
    else this.#kill();
  }

  /** The whole group: an adapter may have started processes while it was imported. */
  #kill(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // ESRCH: everything has ended already.
    }
  }
}
