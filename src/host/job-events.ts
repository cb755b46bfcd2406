import type { LogLine, RunFailure } from '../protocol/index.js';
import type { ChildProcess } from './child-process.js';
import { createFailure } from './failures.js';
import type { Job } from './job.js';
import type { PoolOptions } from './project-host.js';

/** Where lines of runs go besides to the runs. */
export interface EventSink {
  readonly options: Readonly<PoolOptions>;
  /** The time of log lines, in milliseconds since the epoch. */
  readonly clock: () => number;
  /** A line of a run, as long as there are not too many. */
  runPrinted(runId: string, line: LogLine): void;
}

/** Passes on what a child says of a job before it answers it. */
export class JobEvents {
  readonly #sink: EventSink;
  readonly #child: ChildProcess;

  constructor(sink: EventSink, child: ChildProcess) {
    this.#sink = sink;
    this.#child = child;
  }

  progress(job: Job, progress: number, message: string | undefined): void {
    this.#child.countEvent();
    job.emit({ type: 'progress', progress, ...(message !== undefined && { message }) });
  }

  log(job: Job, line: string): void {
    this.#child.countEvent();
    this.print(job, 'log', line.slice(0, this.#sink.options.maxLogLineLength));
  }

  /** A line is logged for each run as long as it has not had too many. */
  print(job: Job, stream: LogLine['stream'], line: string): void {
    const log = { time: this.#sink.clock(), stream, line };
    for (const run of job.runs) if (run.print(log)) this.#sink.runPrinted(run.request.id, log);
  }

  /**
   * False when a run that nobody follows got too long to keep: it has failed, and the job is to be stopped.
   * @throws SyntaxError when somebody follows and it is no JSON
   */
  chunk(job: Job, json: string): boolean {
    this.#child.countEvent();
    const chunk: unknown = job.isFollowed ? JSON.parse(json) : undefined;
    const tooLong = job.runs.filter((run) => !run.settled && !run.addChunk(json, chunk));
    for (const run of tooLong) run.fail(this.#createTooLong(), job.durationMs(performance.now()));
    return tooLong.length === 0;
  }

  #createTooLong(): RunFailure {
    const limit = `${this.#sink.options.maxAnswerBytes} bytes`;
    const message = `The stream is longer than ${limit}, too much to keep as one result: follow it instead`;
    return createFailure('invalid_output', message);
  }
}
