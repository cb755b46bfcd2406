import type { Readable } from 'node:stream';
import type { LaunchCommand } from '../../langpack/index.js';
import { PIPE_VERSION, type RunFailure } from '../../protocol/index.js';
import { cutPlainAnswer, parseAnswer, type Answer } from '../answer.js';
import type { ChildExit } from '../child-process.js';
import type { AnswerChannel, AnswerSink, Dialect } from '../dialect.js';
import { createFailure, describeExit } from '../failures.js';
import type { Job } from '../job.js';
import { LineReader } from '../line-reader.js';
import { parseReady, type Ready } from '../ready.js';

/** Version 2: named requests and answers, one JSON document a line, over a socket the child inherits. */
export class TypedDialect implements Dialect {
  readonly isMultiplexed = true;
  readonly isExclusive = false;
  readonly keepsEmptyLines = false;

  encode(job: Job): string {
    const { algorithm, runs, id } = job;
    const [first] = runs;
    if (!job.isBatch && first) return algorithm.encode(id, first.argsJson, first.request.depth ?? 0);
    return algorithm.encodeBatch(
      id,
      runs.map((run) => run.argsJson),
    );
  }

  openAnswers(launch: LaunchCommand, sink: AnswerSink): AnswerChannel {
    return new InheritedChannel(launch, sink);
  }

  explainDeath(exit: ChildExit): RunFailure {
    const reason = `The process ${describeExit(exit)}`;
    return exit.partialAnswer
      ? createFailure('protocol_error', `${reason} in the middle of an answer`)
      : createFailure('process_died', `${reason} during the run`);
  }

  async close(): Promise<void> {}
}

class InheritedChannel implements AnswerChannel {
  readonly launch: LaunchCommand;
  readonly isInherited = true;
  readonly #lines: LineReader;

  #isPlain = false;

  constructor(launch: LaunchCommand, sink: AnswerSink) {
    const env = { ...launch.env, RUNYARD_PIPE: String(PIPE_VERSION), ALGOOUT: '/dev/fd/3' };
    this.launch = { ...launch, env };
    this.#lines = new LineReader({
      maxLineBytes: sink.maxAnswerBytes,
      onLine: (line) => sink.answered(this.#read(line)),
      onTooLong: () => sink.broken(`wrote an answer over the limit of ${sink.maxAnswerBytes} bytes`),
    });
  }

  get hasPartial(): boolean {
    return this.#lines.hasPartial;
  }

  attach(inherited: Readable | undefined): Readable {
    if (inherited === undefined) throw new Error('The child was started without a socket for its answers');
    inherited.on('data', (chunk: Buffer) => this.#lines.push(chunk));
    return inherited;
  }

  readReady(text: string): Ready {
    const ready = parseReady(text);
    this.#isPlain = ready.isPlain;
    return ready;
  }

  drain(): void {}

  close(): void {}

  #read(line: string): Answer {
    return (this.#isPlain ? cutPlainAnswer(line) : undefined) ?? parseAnswer(line);
  }
}
