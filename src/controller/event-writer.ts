import type { RunEvent, TaskEvent } from '../protocol/index.js';
import type { TaskStore } from '../store/index.js';
import type { ControllerSettings } from './controller-settings.js';
import type { Persister } from './persister.js';

/** Events that fill a write, so that it does not wait for company. */
const FULL_BATCH = 100;

export interface EventWriterOptions {
  store: Pick<TaskStore, 'appendEvents'>;
  persister: Persister;
  settings: Pick<ControllerSettings, 'eventFlushMs' | 'progressIntervalMs' | 'maxEvents'>;
  clock: () => number;
}

type NewEvent = Omit<TaskEvent, 'seq'>;

/** Writes what runs say of themselves, in batches: one timer for all of them, and none while nobody says anything. */
export class EventWriter {
  readonly #options: EventWriterOptions;
  readonly #waiting = new Set<EventStream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventWriterOptions) {
    this.#options = options;
  }

  /** The events of one attempt. */
  open(taskId: string, attempt: number): EventStream {
    return new EventStream(taskId, attempt, this.#options, (stream) => this.#schedule(stream));
  }

  #schedule(stream: EventStream): void {
    this.#waiting.add(stream);
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.settings.eventFlushMs);
  }

  #flush(): void {
    this.#timer = undefined;
    const streams = [...this.#waiting];
    this.#waiting.clear();
    for (const stream of streams) {
      if (stream.flush()) this.#schedule(stream);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }
}

/** Events of one attempt, in order. Chunks and log lines are all kept (up to a bound); of progress, the latest counts. */
export class EventStream {
  readonly #taskId: string;
  readonly #attempt: number;
  readonly #options: EventWriterOptions;
  readonly #schedule: (stream: EventStream) => void;
  #batch: NewEvent[] = [];
  #count = 0;
  #progress: NewEvent | undefined;
  #progressAt = Number.NEGATIVE_INFINITY;
  #writing: Promise<void> | undefined;
  #finished = false;

  constructor(
    taskId: string,
    attempt: number,
    options: EventWriterOptions,
    schedule: (stream: EventStream) => void,
  ) {
    this.#taskId = taskId;
    this.#attempt = attempt;
    this.#options = options;
    this.#schedule = schedule;
  }

  push(event: RunEvent): void {
    if (this.#finished) return;
    if (event.type === 'progress') this.#progress = this.#describe(event);
    else this.#keep(this.#describe(event));
    if (this.#batch.length >= FULL_BATCH) this.#write();
    else this.#schedule(this);
  }

  /** Writes what has come together. True when something had to be held back for later. */
  flush(): boolean {
    this.#takeProgress(false);
    this.#write();
    return this.#progress !== undefined && !this.#finished;
  }

  /** Resolves when everything is kept. Whatever comes later is dropped. */
  async finish(): Promise<void> {
    this.#finished = true;
    this.#takeProgress(true);
    this.#write();
    await this.#writing;
  }

  #describe(event: RunEvent): NewEvent {
    const common = { time: this.#options.clock(), attempt: this.#attempt, type: event.type };
    switch (event.type) {
      case 'log':
        return { ...common, time: event.log.time, data: { stream: event.log.stream, line: event.log.line } };
      case 'chunk':
        return { ...common, data: { chunk: event.chunk } };
      case 'progress': {
        const { progress, message } = event;
        return { ...common, data: message === undefined ? { progress } : { progress, message } };
      }
    }
  }

  #takeProgress(evenIfEarly: boolean): void {
    if (!this.#progress) return;
    const now = this.#options.clock();
    if (!evenIfEarly && now - this.#progressAt < this.#options.settings.progressIntervalMs) return;
    this.#progressAt = now;
    this.#keep(this.#progress);
    this.#progress = undefined;
  }

  #keep(event: NewEvent): void {
    const { maxEvents } = this.#options.settings;
    this.#count++;
    if (this.#count <= maxEvents) this.#batch.push(event);
    else if (this.#count === maxEvents + 1) {
      const line = `More than ${maxEvents} events came from this attempt; the rest is not kept.`;
      this.#batch.push({ ...event, type: 'log', data: { stream: 'log', line } });
    }
  }

  /** One write at a time, so that order holds in every store; what comes meanwhile goes with the next one. */
  #write(): void {
    if (this.#writing || this.#batch.length === 0) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    // A failure reaches whoever awaits `finish`; before that there is nobody to tell.
    this.#writing.catch(() => {});
  }

  async #writeAll(): Promise<void> {
    while (this.#batch.length > 0) {
      const batch = this.#batch;
      this.#batch = [];
      await this.#options.persister.write(`keeping events of task ${this.#taskId}`, () =>
        this.#options.store.appendEvents(this.#taskId, batch),
      );
    }
  }
}
