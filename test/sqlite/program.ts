import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { until } from '../until.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = new Map<string, Promise<string>>();
const bundles: string[] = [];

afterAll(() => {
  for (const bundle of bundles) rmSync(bundle, { force: true });
});

/** A TypeScript program in a process of its own, which says things in lines. */
export class Program {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  #stderr = '';

  private constructor(file: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (this.child.stdout) {
      createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    }
    this.child.stderr?.on('data', (data: Buffer) => (this.#stderr += data.toString()));
  }

  /** Bundles the program once, beside the dependencies, and starts it. */
  static async start(source: string, args: readonly string[]): Promise<Program> {
    const bundled = built.get(source) ?? bundle(source);
    built.set(source, bundled);
    return new Program(await bundled, args);
  }

  /** What follows the word in each line that starts with it. */
  said(word: string): string[] {
    return this.lines
      .filter((line) => line.startsWith(`${word} `))
      .map((line) => line.slice(word.length + 1));
  }

  async untilSaid(word: string, count = 1): Promise<string[]> {
    return until(`the program says "${word}" ${count} times; it said ${this.#stderr}`, () => {
      const said = this.said(word);
      if (said.length < count && this.hasEnded) throw new Error(`the program ended: ${this.#stderr}`);
      return said.length >= count ? said : undefined;
    });
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.hasEnded) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'close');
  }

  /** Resolves with the exit code of a program that ends by itself. */
  async ended(): Promise<{ code: number | null; stderr: string }> {
    if (!this.hasEnded) await once(this.child, 'close');
    return { code: this.child.exitCode, stderr: this.#stderr };
  }
}

async function bundle(source: string): Promise<string> {
  const directory = join(root, '.cache', 'test-programs');
  mkdirSync(directory, { recursive: true });
  const outfile = join(directory, `${basename(source, '.ts')}-${process.pid}.mjs`);
  bundles.push(outfile);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}
