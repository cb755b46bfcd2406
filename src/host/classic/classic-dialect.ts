import type { LaunchCommand } from '../../langpack/index.js';
import type { RunFailure, RunRequest } from '../../protocol/index.js';
import type { ChildExit } from '../child-process.js';
import type { AnswerChannel, AnswerSink, Dialect } from '../dialect.js';
import { createFailure } from '../failures.js';
import type { Job } from '../job.js';
import { AnswerFifo } from './answer-fifo.js';
import type { CallDesk } from './call-desk.js';
import type { AlgooutPlace } from './algoout-place.js';

/** The exit code of a process that has none, as callers of the original server know it. */
export const UNKNOWN_EXIT = -99;

const BINARY_PREFIX = '{"$binary":';

/** Version 1: one request at a time, and an answer without a name that the child writes to a FIFO. */
export class ClassicDialect implements Dialect {
  readonly isMultiplexed = false;
  readonly keepsEmptyLines = true;
  readonly #place: AlgooutPlace;
  readonly #desk: CallDesk | undefined;

  /** @param desk - where children call other algorithms */
  constructor(place: AlgooutPlace, desk?: CallDesk) {
    this.#place = place;
    this.#desk = desk;
  }

  get isExclusive(): boolean {
    return this.#place.isExclusive;
  }

  encode(job: Job): string {
    const [run] = job.runs;
    if (run === undefined) throw new Error('A job needs a run');
    const { request, argsJson } = run;
    if (request.contentType === 'text') return `{"content_type":"text","data":${argsJson}}\n`;
    if (!isBytes(request)) return `{"content_type":"json","data":${argsJson}}\n`;
    return `{"content_type":"binary","data":${argsJson.slice(BINARY_PREFIX.length, -1)}}\n`;
  }

  openAnswers(launch: LaunchCommand, sink: AnswerSink): AnswerChannel {
    const caller = this.#desk?.admit((call) => sink.answered({ kind: 'call', id: undefined, call }));
    const env = { ...launch.env, ...caller?.env };
    try {
      return new AnswerFifo(this.#place.open({ ...launch, env }), sink, caller);
    } catch (error) {
      caller?.leave();
      throw error;
    }
  }

  explainDeath({ code }: ChildExit): RunFailure {
    const message = `exited with code ${code ?? UNKNOWN_EXIT}`;
    return createFailure('process_died', message, { errorType: 'SystemExit' });
  }

  async close(): Promise<void> {
    await Promise.all([this.#place.close(), this.#desk?.close()]);
  }
}

function isBytes({ args }: RunRequest): boolean {
  if (typeof args !== 'object' || args === null) return false;
  const keys = Object.keys(args);
  return keys.length === 1 && typeof (args as { $binary?: unknown }).$binary === 'string';
}
