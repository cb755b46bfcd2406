import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from '../until.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What the original programs are configured by may be set on the machine for reasons of its own. */
function withoutOriginalNames(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { CONTAINER_NAME: _name, PORT: _port, LOG_LEVEL: _level, ...rest } = env;
  return rest;
}

/** A `runyard` command in a process of its own, as a user starts it. */
export class CliProcess {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';

  constructor(
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string>; prefix?: readonly string[] } = {},
  ) {
    const [command = '', ...rest] = [...(options.prefix ?? []), process.execPath, main, ...args];
    this.child = spawn(command, rest, {
      cwd: options.cwd ?? process.cwd(),
      env: { ...withoutOriginalNames(process.env), NO_COLOR: '1', ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
  }

  get exited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The first match on standard output. */
  async waitFor(pattern: RegExp, timeoutMs = 90_000): Promise<RegExpMatchArray> {
    return until(
      () => `${pattern.source} is printed; so far:\n${this.stdout}\n${this.stderr}`,
      () => {
        const match = this.stdout.match(pattern);
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

  /** Exit code of a command that ends by itself. */
  async ended(): Promise<number | null> {
    if (!this.exited) await once(this.child, 'close');
    return this.child.exitCode;
  }
}

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const cli = new CliProcess(args, options);
  cli.child.stdin?.end(options.input ?? '');
  const code = await cli.ended();
  return { code, stdout: cli.stdout, stderr: cli.stderr };
}
