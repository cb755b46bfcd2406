import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { RunyardError } from '../../errors/index.js';
import { compilerScript } from './compiler-script.js';
import type { DescribeAnswer, DescribeJob } from './description.js';

/** Each compiler takes a processor and some 200 MB while it works. */
const MAX_CHILDREN = Math.min(4, availableParallelism());
const STDERR_TAIL = 4000;

interface WaitingJob {
  job: DescribeJob;
  env: Record<string, string>;
  signal: AbortSignal | undefined;
  resolve: (answer: DescribeAnswer) => void;
  reject: (error: unknown) => void;
}

/**
 * Describes projects in child processes, a few at a time. A child takes one project after the other, so that the
 * platform's own types are read once, and ends when none is waiting.
 */
class Describer {
  readonly #waiting: WaitingJob[] = [];
  #children = 0;

  describe(job: DescribeJob, env: Record<string, string>, signal?: AbortSignal): Promise<DescribeAnswer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, env, signal, resolve, reject });
      if (this.#children < MAX_CHILDREN) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#children += 1;
    let child: CompilerChild | undefined;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        next.signal?.throwIfAborted();
        child ??= new CompilerChild(await compilerScript(), next.env);
        next.resolve(await child.describe(next.job, next.signal));
      } catch (error) {
        child?.kill();
        child = undefined;
        next.reject(error);
      }
    }
    this.#children -= 1;
    child?.end();
  }
}

/** One process that holds the compiler. */
class CompilerChild {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #stderr = '';

  constructor(script: string, env: Record<string, string>) {
    this.#process = spawn(process.execPath, [script], { env, stdio: 'pipe' });
    this.#answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_TAIL);
    });
    // A process that dies is told by the end of its answers; what could not be written to it is lost with it.
    this.#process.stdin.on('error', () => {});
    this.#process.on('error', (error) => (this.#stderr += error.message));
  }

  async describe(job: DescribeJob, signal?: AbortSignal): Promise<DescribeAnswer> {
    const kill = (): void => this.kill();
    signal?.addEventListener('abort', kill);
    try {
      this.#process.stdin.write(`${JSON.stringify(job)}\n`);
      const { done, value } = (await this.#answers.next()) as IteratorResult<string, undefined>;
      signal?.throwIfAborted();
      if (done)
        throw new RunyardError(
          'internal',
          `The compiler ended while it described ${job.dir}: ${this.#stderr}`,
        );
      return JSON.parse(value) as DescribeAnswer;
    } finally {
      signal?.removeEventListener('abort', kill);
    }
  }

  end(): void {
    this.#process.stdin.end();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}

/** One for the process: it is what bounds the compilers that run at once. */
export const describer = new Describer();
