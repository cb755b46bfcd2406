import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.js';

export interface ProgramOptions {
  cwd?: string;
  /** Replaces the environment of the test. */
  env?: NodeJS.ProcessEnv;
}

/** A program in a process of its own, with what it printed. */
export class ProgramProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(command: readonly string[], { cwd = process.cwd(), env = process.env }: ProgramOptions = {}) {
    const [program = '', ...args] = command;
    this.child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    // One that ends before it has read all: what it printed tells why.
    this.child.stdin?.on('error', () => undefined);
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The first match on standard output. */
  waitFor(pattern: RegExp, timeoutMs = 90_000): Promise<RegExpMatchArray> {
    return this.#match(pattern, () => this.stdout, timeoutMs);
  }

  /** The first match on standard error, where programs log. */
  waitForLog(pattern: RegExp, timeoutMs = 90_000): Promise<RegExpMatchArray> {
    return this.#match(pattern, () => this.stderr, timeoutMs);
  }

  async #match(pattern: RegExp, read: () => string, timeoutMs: number): Promise<RegExpMatchArray> {
    return until(
      () => `${pattern.source} is printed; so far:\n${this.stdout}\n${this.stderr}`,
      () => {
        const match = read().match(pattern);
        if (match === null && this.exited) throw new Error(`ended early: ${this.stdout}\n${this.stderr}`);
        return match;
      },
      { timeoutMs },
    );
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.exited) {
      this.child.kill(signal);
      await once(this.child, 'exit');
    }
    return this.child.exitCode;
  }

  /** Exit code of a program that ends by itself. */
  async ended(): Promise<number | null> {
    if (!this.exited) await once(this.child, 'close');
    return this.child.exitCode;
  }
}
