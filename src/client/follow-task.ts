import { RunyardError } from '../errors/index.js';
import { isFinal, type LogLineView, type TaskSummaryView, type TaskView } from '../protocol/index.js';
import type { HttpCaller } from './http-caller.js';

/** What a followed task says of itself, in order; each line of its story comes once. */
export type TaskFollowEvent =
  | { type: 'state'; task: TaskSummaryView }
  | ({ seq: number; attempt: number; time: string } & (
      | { type: 'progress'; progress: number; message?: string }
      | { type: 'chunk'; chunk: unknown }
      | { type: 'log'; log: Omit<LogLineView, 'time'> }
    ));

export interface FollowOptions {
  signal?: AbortSignal;
  onEvent?: (event: TaskFollowEvent) => void;
  /** How long a gateway that answered once may be away, in milliseconds. @default 60000 */
  reconnectMs?: number;
}

const LONG_POLL_MS = 30_000;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;
/** Streams in a row that brought nothing (some proxy holds them back) before following turns to polling. */
const DUMB_STREAMS = 2;

/** Follows one task to its end over server-sent events, and by polling where those do not come through. */
export class TaskFollower {
  readonly #caller: HttpCaller;
  readonly #id: string;
  readonly #options: FollowOptions;
  #lastId = '';
  #lastState = '';
  #connectedOnce = false;
  #awaySince: number | undefined;
  #barrenStreams = 0;
  #delayMs = FIRST_DELAY_MS;

  constructor(caller: HttpCaller, id: string, options: FollowOptions) {
    this.#caller = caller;
    this.#id = id;
    this.#options = options;
  }

  /** Resolves with the task in its final state. */
  async wait(): Promise<TaskView> {
    for (;;) {
      try {
        const task = await (this.#wantsStream() ? this.#readStream() : this.#poll());
        if (task !== undefined) return task;
      } catch (error) {
        await this.#pauseAfter(error);
      }
    }
  }

  #wantsStream(): boolean {
    return this.#options.onEvent !== undefined && this.#barrenStreams < DUMB_STREAMS;
  }

  async #readStream(): Promise<TaskView | undefined> {
    const { signal } = this.#options;
    this.#barrenStreams += 1;
    const headers: Record<string, string> = { accept: 'text/event-stream' };
    if (this.#lastId !== '') headers['last-event-id'] = this.#lastId;
    const response = await this.#caller.send('GET', `${this.#path()}/events`, { headers, signal });
    this.#connectedOnce = true;
    for await (const { event, body, id } of this.#caller.events(response, signal)) {
      this.#noteAnswer();
      this.#barrenStreams = 0;
      if (event === 'end') return body as unknown as TaskView;
      this.#tell(event, body, id);
    }
    await this.#pause();
    return undefined;
  }

  async #poll(): Promise<TaskView | undefined> {
    const { signal } = this.#options;
    const query = { wait: LONG_POLL_MS };
    const task = await this.#caller.json<TaskView>('GET', this.#path(), { query, signal });
    this.#noteAnswer();
    this.#tellState(task);
    return isFinal(task.state) ? task : undefined;
  }

  #tell(event: string, body: Record<string, unknown>, id: string): void {
    if (event === 'state') {
      this.#tellState(body as unknown as TaskSummaryView);
      return;
    }
    const seq = Number(id);
    // After a reconnect to a gateway that does not know Last-Event-ID, old lines come again.
    if (seq <= Number(this.#lastId)) return;
    this.#lastId = id;
    const { stream, line, ...rest } = body;
    const told = event === 'log' ? { ...rest, log: { stream, line } } : rest;
    this.#options.onEvent?.({ type: event, seq, ...told } as TaskFollowEvent);
  }

  #tellState(task: TaskSummaryView): void {
    const state = `${task.state} ${task.updatedAt} ${task.cancelRequested === true}`;
    if (state === this.#lastState) return;
    this.#lastState = state;
    this.#options.onEvent?.({ type: 'state', task });
  }

  #noteAnswer(): void {
    this.#connectedOnce = true;
    this.#awaySince = undefined;
    this.#delayMs = FIRST_DELAY_MS;
  }

  /** Waits before the next try, or throws what no further try would change. */
  async #pauseAfter(error: unknown): Promise<void> {
    if (!(error instanceof RunyardError) || !isPassing(error) || !this.#connectedOnce) throw error;
    this.#awaySince ??= Date.now();
    if (Date.now() - this.#awaySince > (this.#options.reconnectMs ?? 60_000)) throw error;
    await this.#pause();
  }

  async #pause(): Promise<void> {
    const { signal } = this.#options;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, this.#delayMs);
      signal?.addEventListener('abort', done);
      if (signal?.aborted === true) done();
    });
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
  }

  #path(): string {
    return `/tasks/${encodeURIComponent(this.#id)}`;
  }
}

/** True for what a gateway that restarts gives meanwhile. */
function isPassing(error: RunyardError): boolean {
  return (
    error.code === 'gateway_unreachable' ||
    error.code === 'connection_lost' ||
    error.status === 429 ||
    error.status === 503
  );
}
