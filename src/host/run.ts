import type {
  LogLine,
  RunEvent,
  RunFailure,
  RunHooks,
  RunOutcome,
  RunRequest,
  WrittenResult,
} from '../protocol/index.js';
import type { Algorithm } from './algorithm.js';
import { ChunkList } from './chunk-list.js';
import { RunLog } from './run-log.js';

/** Whoever accepted a run: told when it is to be cancelled, and when it has ended. */
export interface RunOwner {
  readonly maxLogLines: number;
  readonly maxResultLength: number;
  runCancelled(run: Run): void;
  runSettled(run: Run): void;
  listenerFailed(run: Run, error: unknown): void;
}

/** One accepted request, from the caller's side: it is settled exactly once. */
export class Run {
  readonly request: RunRequest;
  readonly argsJson: string;
  readonly timeoutMs: number;
  /** Another one takes its place when the project is replaced while it waits. */
  algorithm: Algorithm;
  settled = false;
  readonly #owner: RunOwner;
  readonly #hooks: RunHooks;
  readonly #resolve: (outcome: RunOutcome) => void;
  #log: RunLog | undefined;
  #chunks: ChunkList | undefined;

  constructor(
    owner: RunOwner,
    algorithm: Algorithm,
    request: RunRequest,
    argsJson: string,
    timeoutMs: number,
    hooks: RunHooks,
    resolve: (outcome: RunOutcome) => void,
  ) {
    this.#owner = owner;
    this.algorithm = algorithm;
    this.request = request;
    this.argsJson = argsJson;
    this.timeoutMs = timeoutMs;
    this.#hooks = hooks;
    this.#resolve = resolve;
    hooks.signal?.addEventListener('abort', this);
  }

  /** The caller's signal was aborted: a run is its own listener, which spares a closure for each. */
  handleEvent(): void {
    this.#owner.runCancelled(this);
  }

  get isFollowed(): boolean {
    return this.#hooks.onEvent !== undefined;
  }

  emit(event: RunEvent): void {
    if (this.settled || this.#hooks.onEvent === undefined) return;
    try {
      this.#hooks.onEvent(event);
    } catch (error) {
      this.#owner.listenerFailed(this, error);
    }
  }

  /** Adds a line to its log; false when it has had more than are kept. */
  print(log: LogLine): boolean {
    this.#log ??= new RunLog(this.#owner.maxLogLines);
    this.#log.add(log);
    this.emit({ type: 'log', log });
    return this.#log.count <= this.#owner.maxLogLines;
  }

  /** Keeps one chunk; false when it cannot be kept and nobody follows, so that the stream has no reader. */
  addChunk(json: string, chunk: unknown): boolean {
    this.#chunks ??= new ChunkList(this.#owner.maxResultLength);
    const kept = this.#chunks.add(json);
    this.emit({ type: 'chunk', chunk });
    return kept || this.isFollowed;
  }

  /** For a stream the result is the list of its chunks, whatever the child answers at the end. */
  succeed(resultJson: string, durationMs: number, written?: WrittenResult): void {
    const { mode } = this.algorithm.descriptor;
    const isStream = mode === 'stream' || (mode === 'chat' && this.#chunks !== undefined);
    const json = isStream ? (this.#chunks?.toJson() ?? '[]') : resultJson;
    const logs = this.#log?.lines ?? [];
    this.#settle({ ok: true, resultJson: json, ...(written && { written }), logs, durationMs });
  }

  fail(error: RunFailure, durationMs: number): void {
    this.#settle({ ok: false, error, logs: this.#log?.lines ?? [], durationMs });
  }

  #settle(outcome: RunOutcome): void {
    if (this.settled) return;
    this.settled = true;
    this.#hooks.signal?.removeEventListener('abort', this);
    this.#owner.runSettled(this);
    this.#resolve(outcome);
  }
}
