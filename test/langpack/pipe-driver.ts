import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { packageRoot } from '../../src/langpack/package-root.js';
import type { PipeError, PipeReady } from '../../src/protocol/index.js';
import { until } from '../until.js';

/** Any answer, with every field it may have. */
export interface Answer {
  id: string;
  result?: unknown;
  results?: { result?: unknown; error?: PipeError }[];
  error?: PipeError;
  chunk?: unknown;
  progress?: number;
  message?: string;
  log?: string;
  call?: string;
  algorithm?: string;
  args?: unknown;
}

export interface DriverOptions {
  /** What a description would say; without it names alone tell. */
  description?: object[];
  env?: Record<string, string>;
  /** Path for ALGOOUT instead of `/dev/fd/3`. */
  out?: string;
}

/** The pipe program over a module, driven by hand. It ends with the test. */
export class PipeDriver {
  readonly dir = mkdtempSync(join(tmpdir(), 'runyard-pipe-'));
  readonly child: ChildProcess;
  readonly answers: Answer[] = [];
  /** Data events of the answer pipe: how many writes arrived apart. */
  reads = 0;
  stdout = '';
  stderr = '';
  exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  #rest = '';

  constructor(source: string, options: DriverOptions = {}) {
    const module = join(this.dir, 'adapter.mjs');
    writeFileSync(module, source);
    const args = [join(packageRoot, 'langpacks/javascript/pipe.mjs'), module];
    if (options.description) {
      args.push(join(this.dir, 'description.json'));
      writeFileSync(join(this.dir, 'description.json'), JSON.stringify(options.description));
    }
    this.child = spawn(process.execPath, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        ALGOOUT: options.out ?? '/dev/fd/3',
        RUNYARD_PIPE: '2',
        ...options.env,
      },
    });
    this.#listen();
    onTestFinished(async () => {
      this.child.kill('SIGKILL');
      await until('the pipe has ended', () => this.exit);
      rmSync(this.dir, { recursive: true, force: true });
    });
  }

  #listen(): void {
    this.child.stdin?.on('error', () => {});
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.child.on('exit', (code, signal) => (this.exit = { code, signal }));
    this.output.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
  }

  /** The parent's end of the answer pipe. */
  get output(): Readable {
    return this.child.stdio[3] as Readable;
  }

  #receive(text: string): void {
    this.reads += 1;
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.answers.push(JSON.parse(line) as Answer);
  }

  async ready(): Promise<PipeReady> {
    await until('the pipe is ready', () => /^PIPE_INIT_COMPLETE .*\n/m.test(this.stdout) || this.exit, {
      everyMs: 5,
    });
    const text = /^PIPE_INIT_COMPLETE (.*)$/m.exec(this.stdout)?.[1];
    if (text === undefined) throw new Error(`The pipe ended before it was ready: ${this.stderr}`);
    return JSON.parse(text) as PipeReady;
  }

  /** Writes messages, all in one chunk. */
  send(...messages: object[]): void {
    this.child.stdin?.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  }

  /** The answer that ends a request. */
  async end(id: string): Promise<Answer> {
    const isEnd = (answer: Answer): boolean =>
      answer.id === id && ('result' in answer || 'results' in answer || 'error' in answer);
    await until(`${id} is answered`, () => this.answers.some(isEnd) || this.exit, { everyMs: 5 });
    const answer = this.answers.find(isEnd);
    if (!answer) throw new Error(`The pipe ended without an answer: ${this.stderr}`);
    return answer;
  }

  /** Sends one run and waits for its end. */
  async run(algorithm: string, args: object = {}): Promise<Answer> {
    const id = `run-${this.answers.length}`;
    this.send({ id, algorithm, args });
    return this.end(id);
  }

  of(id: string): Answer[] {
    return this.answers.filter((answer) => answer.id === id);
  }
}
