import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A server in a process of its own, ended by its id. */
export class ServerProcess {
  readonly child: ChildProcess;
  output = '';

  constructor(
    command: string,
    args: readonly string[],
    options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: boolean } = {},
  ) {
    const { input = false, ...rest } = options;
    this.child = spawn(command, args, { ...rest, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    this.child.stdout?.on('data', (data: Buffer) => (this.output += data.toString()));
    this.child.stderr?.on('data', (data: Buffer) => (this.output += data.toString()));
  }

  /** The first match in its output. */
  async waitFor(pattern: RegExp): Promise<RegExpMatchArray> {
    const end = Date.now() + 60_000;
    for (;;) {
      const match = this.output.match(pattern);
      if (match) return match;
      if (this.child.exitCode !== null || Date.now() > end)
        throw new Error(`did not come up:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    await once(this.child, 'exit');
  }
}
