import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterEach } from 'vitest';
import type { DescribedProject, LaunchCommand, Project } from '../../src/langpack/langpack.js';
import { pythonLangpack } from '../../src/langpack/python/index.js';
import type { Descriptor, PipeAnswer, PipeError, PipeReady } from '../../src/protocol/index.js';
import { until } from '../until.js';

const folders: string[] = [];
const pipes: PipeChild[] = [];

afterEach(async () => {
  await Promise.all(pipes.splice(0).map((pipe) => pipe.kill()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What children of the tests see: as little as children of a yard. */
export function childEnv(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, ...more };
}

/** Makes a project of an adapter's text and other files; it is removed after the test. */
export function makeProject(adapter: string, files: Record<string, string> = {}): Project {
  const dir = mkdtempSync(join(tmpdir(), 'runyard-python-'));
  folders.push(dir);
  for (const [name, text] of Object.entries({ 'runner_adapter.py': adapter, ...files })) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return toProject(dir);
}

export function toProject(dir: string): Project {
  return {
    kind: 'adapter',
    dir,
    name: basename(dir),
    language: 'python',
    adapter: join(dir, 'runner_adapter.py'),
  };
}

export function describeProject(project: Project, env = childEnv()): Promise<DescribedProject> {
  return pythonLangpack.describe(project, { env });
}

/** The descriptors of an adapter, by name. */
export async function describeAdapter(adapter: string): Promise<Record<string, Descriptor>> {
  const { algorithms } = await describeProject(makeProject(adapter));
  return Object.fromEntries(algorithms.map((one) => [one.name, one]));
}

/** How children are launched; the interpreter is found out once. */
let launch: Promise<LaunchCommand> | undefined;

function launchIn({ dir }: Project): Promise<LaunchCommand> {
  launch ??= describeProject(makeProject('def run_x(): pass')).then((described) => described.launch);
  return launch.then((one) => ({ ...one, cwd: dir }));
}

/** Starts the program that serves a project, as a host would. */
export async function launchPipe(adapter: string, files: Record<string, string> = {}): Promise<PipeChild> {
  return openPipe(await launchIn(makeProject(adapter, files)));
}

export function openPipe(command: LaunchCommand, env: Record<string, string> = {}): PipeChild {
  const pipe = new PipeChild(command, childEnv(env));
  pipes.push(pipe);
  return pipe;
}

/** Starts it and waits until it is ready. */
export async function startPipe(adapter: string, files: Record<string, string> = {}): Promise<PipeChild> {
  return untilReady(await launchPipe(adapter, files));
}

export async function untilReady(pipe: PipeChild): Promise<PipeChild> {
  await until('the pipe is ready', () => {
    if (pipe.exited) throw new Error(`the pipe ended: ${JSON.stringify(pipe.exited)} ${pipe.stderr}`);
    return pipe.ready;
  });
  return pipe;
}

type Answer = Partial<
  Record<'result' | 'results' | 'error' | 'chunk' | 'progress' | 'log' | 'call', unknown>
> & {
  id: string;
};

/** A child that speaks the pipe protocol, and everything it said. */
export class PipeChild {
  ready: PipeReady | undefined;
  exited: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  stdout = '';
  stderr = '';
  readonly answers: Answer[] = [];
  readonly #child: ChildProcess;
  #partial = '';
  #ids = 0;

  constructor(command: LaunchCommand, env: Record<string, string>) {
    this.#child = spawn(command.command, command.args, {
      cwd: command.cwd,
      env: { ...env, ...command.env, RUNYARD_PIPE: '2', ALGOOUT: '/dev/fd/3' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const [stdin, stdout, stderr, answers] = this.#child.stdio as unknown as [
      Writable,
      Readable,
      Readable,
      Readable,
    ];
    stdin.on('error', () => {});
    stdout.setEncoding('utf8').on('data', (text: string) => this.#print(text));
    stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    answers.setEncoding('utf8').on('data', (text: string) => this.#answer(text));
    this.#child.on('close', (code, signal) => (this.exited = { code, signal }));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(document: object): void {
    this.#child.stdin?.write(`${JSON.stringify(document)}\n`);
  }

  sendText(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Sends a request; returns its id. */
  begin(algorithm: string, args: object = {}): string {
    const id = `r${++this.#ids}`;
    this.send({ id, algorithm, args });
    return id;
  }

  /** The answer that ends a request. */
  async endOf(id: string): Promise<PipeAnswer> {
    const ending = await until(`${id} is answered`, () => {
      const found = this.answers.find(
        (one) => one.id === id && ('result' in one || 'results' in one || 'error' in one),
      );
      if (!found && this.exited)
        throw new Error(`the pipe ended: ${JSON.stringify(this.exited)} ${this.stderr}`);
      return found;
    });
    return ending as unknown as PipeAnswer;
  }

  /** The result of a run. */
  async run(algorithm: string, args: object = {}): Promise<unknown> {
    const ending = await this.endOf(this.begin(algorithm, args));
    if (!('result' in ending)) throw new Error(`expected a result, got ${JSON.stringify(ending)}`);
    return ending.result;
  }

  /** The error of a run. */
  async fail(algorithm: string, args: object = {}): Promise<PipeError> {
    const ending = await this.endOf(this.begin(algorithm, args));
    if (!('error' in ending)) throw new Error(`expected an error, got ${JSON.stringify(ending)}`);
    return ending.error;
  }

  async batch(algorithm: string, batch: object[]): Promise<unknown> {
    const id = `b${++this.#ids}`;
    this.send({ id, algorithm, batch });
    return this.endOf(id);
  }

  /** Everything said of a request before its end, of one kind. */
  said(id: string, kind: 'chunk' | 'progress' | 'log' | 'call'): unknown[] {
    return this.answers.filter((one) => one.id === id && kind in one).map((one) => one[kind]);
  }

  /** Ends the input and waits for the exit. */
  async end(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.#child.stdin?.end();
    return until('the pipe has ended', () => this.exited);
  }

  /** Closes every end of its pipes, as a parent that is killed does. */
  abandon(): void {
    for (const stream of this.#child.stdio) stream?.destroy();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await until('the pipe is dead', () => this.exited);
  }

  #print(text: string): void {
    this.stdout += text;
    const match = /\n?\nPIPE_INIT_COMPLETE (.*)\n/.exec(this.stdout);
    if (match?.[1] !== undefined && !this.ready) {
      this.ready = JSON.parse(match[1]) as PipeReady;
      this.stdout = this.stdout.replace(match[0], '\n').trimStart();
    }
  }

  #answer(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.answers.push(JSON.parse(line) as Answer);
  }
}
