import { spawn, type ChildProcess as NodeChild, type SpawnOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { LaunchCommand } from '../langpack/index.js';
import { PIPE_READY } from '../protocol/index.js';
import type { Answer } from './answer.js';
import type { AnswerChannel, Dialect } from './dialect.js';
import { OutputReader } from './output-reader.js';
import type { Ready } from './ready.js';
import { Throttle } from './throttle.js';

/** How long output may still come after the process has gone, in case something it started holds the pipes open. */
const FLUSH_MS = 200;
/** A closed pipe is usually the first sign of an exit; only without one it is a fault of its own. */
const CLOSED_PIPE_GRACE_MS = 500;
const TAIL_LINES = 20;
const TAIL_LINE_LENGTH = 1000;
/** Progress, chunks and log lines a child may send in 100 ms; one that sends more is read more slowly. */
const EVENT_BUDGET = 2000;

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** It never started. */
  error?: Error;
  /** It ended in the middle of an answer. */
  partialAnswer: boolean;
  /** The last lines it printed. */
  tail: string[];
}

export interface ChildListener {
  /** @param read - what the ready line says; throws RunyardError when that is not to be understood */
  childReady(read: () => Ready): void;
  /** It prints: lines may follow. */
  childPrints(): void;
  childPrinted(stream: 'stdout' | 'stderr', line: string): void;
  childAnswered(answer: Answer): void;
  /** It has begun an answer without a name, and not ended it. */
  childBegan(): void;
  /** It lives, and cannot be worked with any more. */
  childBroke(reason: string): void;
  childExited(exit: ChildExit): void;
}

export interface ChildLimits {
  maxAnswerBytes: number;
  maxLogLines: number;
  maxLogLineLength: number;
}

/** One child in a process group of its own, with every stream read, bounded and unable to hurt the parent. */
export class ChildProcess {
  readonly pid: number | undefined;
  readonly #listener: ChildListener;
  readonly #child: NodeChild | undefined;
  readonly #stdin: Writable | undefined;
  readonly #readers: OutputReader[] = [];
  #answers: AnswerChannel | undefined;
  #eventThrottle: Throttle | undefined;
  readonly #tail: string[] = [];
  readonly #maxLineLength: number;
  #ready = false;
  #exited = false;
  #gone = false;

  constructor(
    launch: LaunchCommand,
    dialect: Dialect,
    env: Record<string, string>,
    limits: ChildLimits,
    listener: ChildListener,
  ) {
    this.#listener = listener;
    this.#maxLineLength = limits.maxLogLineLength;
    try {
      this.#answers = dialect.openAnswers(launch, {
        maxAnswerBytes: limits.maxAnswerBytes,
        answered: (answer) => listener.childAnswered(answer),
        begun: () => listener.childBegan(),
        broken: (problem) => listener.childBroke(problem),
      });
      this.#child = start(this.#answers, env);
    } catch (error) {
      queueMicrotask(() => this.#finish(null, null, error as Error));
      return;
    }
    this.pid = this.#child.pid;
    this.#child.on('error', (error) => this.#finish(null, null, error));
    this.#child.on('exit', (code, signal) => this.#onExit(code, signal));
    if (this.pid === undefined) return;
    const [stdin, stdout, stderr, inherited] = this.#child.stdio as unknown as [
      Writable,
      Readable,
      Readable,
      Readable | undefined,
    ];
    this.#stdin = stdin;
    stdin.on('error', () => this.#onClosed('closed its input'));
    this.#readOutput(stdout, 'stdout', limits, dialect);
    this.#readOutput(stderr, 'stderr', limits, dialect);
    const answers = this.#answers.attach(inherited);
    this.#eventThrottle = new Throttle(answers, EVENT_BUDGET);
    answers.on('close', () => this.#onClosed('closed its answer pipe'));
    for (const stream of [stdout, stderr, answers]) stream.on('error', ignoreBrokenPipe);
  }

  /** The beginning of an answer has been read and its end has not. */
  get hasPartialAnswer(): boolean {
    return this.#answers?.hasPartial === true;
  }

  /** Bytes handed over and not yet read by the child. */
  get bufferedBytes(): number {
    return this.#stdin?.writableLength ?? 0;
  }

  write(text: string): void {
    if (this.#stdin?.writable === true) this.#stdin.write(text);
  }

  /** Hands it the answer to a call of its own. @returns false when that has to go by its input */
  takeCallAnswer(line: string): boolean {
    return this.#answers?.takeCallAnswer?.(line) === true;
  }

  /** Ends its input: it is meant to tear down and exit. */
  end(): void {
    if (this.#stdin?.writable === true) this.#stdin.end();
  }

  /** Signals the whole process group. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined || this.#gone) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: the group is empty, which is what was wanted.
    }
  }

  /** True when more output is probably on its way. */
  isPrinting(): boolean {
    let isPrinting = false;
    for (const reader of this.#readers) if (reader.isBehind()) isPrinting = true;
    return isPrinting;
  }

  /** Passes on what was printed without a newline, before a request is settled. */
  flushOutput(): void {
    for (const reader of this.#readers) reader.flush();
  }

  /** Counts one answer that ends nothing. */
  countEvent(): void {
    this.#eventThrottle?.spend(1);
  }

  #readOutput(stream: Readable, name: 'stdout' | 'stderr', limits: ChildLimits, dialect: Dialect): void {
    const options = {
      keepsEmptyLines: dialect.keepsEmptyLines,
      maxLines: limits.maxLogLines,
      maxLineLength: limits.maxLogLineLength,
      onData: () => this.#listener.childPrints(),
      onLine: (line: string) => this.#onPrinted(name, line),
    };
    this.#readers.push(new OutputReader(stream, options, name === 'stdout'));
  }

  #onPrinted(stream: 'stdout' | 'stderr', line: string): void {
    const marker = this.#ready || stream === 'stderr' ? -1 : line.indexOf(PIPE_READY);
    if (marker !== -1) {
      this.#ready = true;
      for (const reader of this.#readers) reader.limit();
      const text = line.slice(marker + PIPE_READY.length).trim();
      this.#listener.childReady(() => this.#readReady(text));
      return;
    }
    this.#tail.push(line.slice(0, TAIL_LINE_LENGTH));
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    this.#listener.childPrinted(stream, line.slice(0, this.#maxLineLength + 1));
  }

  #readReady(text: string): Ready {
    if (this.#answers === undefined) throw new Error('A child without a channel cannot be ready');
    return this.#answers.readReady(text);
  }

  #onClosed(reason: string): void {
    if (this.#exited) return;
    const timer = setTimeout(() => {
      if (!this.#exited) this.#listener.childBroke(reason);
    }, CLOSED_PIPE_GRACE_MS);
    this.#child?.once('exit', () => clearTimeout(timer));
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#exited = true;
    this.signal('SIGKILL');
    this.#stdin?.destroy();
    this.#answers?.drain();
    const streams = this.#child?.stdio.slice(1) as Readable[];
    let open = streams.filter((stream) => !stream.closed).length;
    const finish = (): void => {
      clearTimeout(timer);
      for (const stream of streams) stream.destroy();
      this.flushOutput();
      this.#finish(code, signal);
    };
    const timer = setTimeout(finish, FLUSH_MS);
    this.#eventThrottle?.lift();
    for (const reader of this.#readers) reader.hurry();
    for (const stream of streams) {
      if (!stream.closed) stream.once('close', () => --open === 0 && finish());
    }
    if (open === 0) finish();
  }

  #finish(code: number | null, signal: NodeJS.Signals | null, error?: Error): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#exited = true;
    const exit = { code, signal, partialAnswer: this.hasPartialAnswer, tail: this.#tail };
    this.#answers?.close();
    this.#listener.childExited(error === undefined ? exit : { ...exit, error });
  }
}

function start({ launch, isInherited }: AnswerChannel, env: Record<string, string>): NodeChild {
  const options: SpawnOptions = {
    cwd: launch.cwd,
    env: { ...env, ...launch.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(isInherited ? (['pipe'] as const) : [])],
    windowsHide: true,
  };
  return spawn(launch.command, launch.args, options);
}

/** EPIPE and ECONNRESET come before the exit they announce; the exit says what there is to say. */
function ignoreBrokenPipe(): void {}
