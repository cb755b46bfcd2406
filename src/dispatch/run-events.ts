import { EventStreamParser, type StreamEvent } from '../http/index.js';
import type { LogLine, Problem, RunEvent, RunFailure, RunHooks } from '../protocol/index.js';
import type { Logger } from '../telemetry/index.js';
import { createFailure } from './outcomes.js';
import { fromProblem, readResult } from './run-answer.js';

/** Log lines kept with the outcome; all of them went to the listener. */
const MAX_LOG_LINES = 200;

/** How a run that is followed ended. */
export type StreamedEnd = { resultJson: string } | { error: RunFailure };

/** Reads a runner's event stream: passes on what comes, keeps the end. */
export class RunEventReader {
  readonly logs: LogLine[] = [];
  readonly #parser: EventStreamParser;
  readonly #decoder = new TextDecoder();
  readonly #onEvent: NonNullable<RunHooks['onEvent']>;
  readonly #logger: Logger;
  #end: StreamedEnd | undefined;
  #durationMs: number | undefined;

  constructor(
    onEvent: NonNullable<RunHooks['onEvent']>,
    options: { maxEventLength: number; logger: Logger },
  ) {
    this.#onEvent = onEvent;
    this.#logger = options.logger;
    this.#parser = new EventStreamParser((event) => this.#take(event), options);
  }

  /** Undefined until the stream has told it. */
  get end(): StreamedEnd | undefined {
    return this.#end;
  }

  /** Time in the process, as the runner measured it. */
  get durationMs(): number | undefined {
    return this.#durationMs;
  }

  /** @throws RunyardError `invalid_output` when an event is over the limit */
  push(chunk: Uint8Array): void {
    this.#parser.push(this.#decoder.decode(chunk, { stream: true }));
  }

  #take({ event, data }: StreamEvent): void {
    switch (event) {
      case 'progress':
      case 'chunk':
        this.#emit({ ...(JSON.parse(data) as object), type: event } as RunEvent);
        return;
      case 'log':
        this.#takeLog(JSON.parse(data) as LogLine);
        return;
      case 'timing':
        this.#durationMs = (JSON.parse(data) as { durationMs: number }).durationMs;
        return;
      case 'result':
        this.#end = asResult(readResult({ status: 200, text: data, isOurs: true }));
        return;
      case 'error':
        this.#end = { error: fromProblem(JSON.parse(data) as Problem) };
    }
  }

  #takeLog(log: LogLine): void {
    this.logs.push(log);
    if (this.logs.length > MAX_LOG_LINES) this.logs.shift();
    this.#emit({ type: 'log', log });
  }

  /** A listener that throws is its owner's defect: the run goes on. */
  #emit(event: RunEvent): void {
    try {
      this.#onEvent(event);
    } catch (error) {
      this.#logger.error({ err: error }, 'a listener of run events failed');
    }
  }
}

/** A result as it came, or the failure that it is none. */
export function asResult(resultJson: string | undefined): StreamedEnd {
  if (resultJson !== undefined) return { resultJson };
  return { error: createFailure('invalid_output', 'expected a JSON document as result, got something else') };
}
