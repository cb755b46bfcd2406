import type { Readable } from 'node:stream';
import type { LaunchCommand } from '../langpack/index.js';
import type { RunFailure } from '../protocol/index.js';
import type { Answer } from './answer.js';
import type { ChildExit } from './child-process.js';
import type { Job } from './job.js';
import type { Ready } from './ready.js';

/** How a version of the pipe protocol is spoken with the children of a project. */
export interface Dialect {
  /**
   * Requests have names, so that several may be with a child, and one of them may be stopped by a line. Otherwise a child
   * is given one at a time, and stopping it means ending the child.
   */
  readonly isMultiplexed: boolean;
  /** There may be only one child at a time on this machine. */
  readonly isExclusive: boolean;
  /** Lines without a character count: what was printed is given back to the caller as it was. */
  readonly keepsEmptyLines: boolean;
  /** A job as a line. */
  encode(job: Job): string;
  /** Prepares what the next child answers through. @throws RunyardError `project_setup_failed` when it cannot be made */
  openAnswers(launch: LaunchCommand, sink: AnswerSink): AnswerChannel;
  /** What the end of its process means for a run. */
  explainDeath(exit: ChildExit): RunFailure;
  /** Gives back what the children shared. */
  close(): Promise<void>;
}

/** Takes what comes through a channel. */
export interface AnswerSink {
  maxAnswerBytes: number;
  answered(answer: Answer): void;
  /** There is the beginning of an answer without a name, and not yet its end. */
  begun(): void;
  /** Nothing can be read any more. @param problem - continues "The process ..." */
  broken(problem: string): void;
}

/** The way one child's answers take. */
export interface AnswerChannel {
  /** How to start the child so that it finds its end. */
  readonly launch: LaunchCommand;
  /** The child inherits a socket for it, as descriptor 3. */
  readonly isInherited: boolean;
  /** Begins to read. @param inherited - our end of the inherited socket */
  attach(inherited: Readable | undefined): Readable;
  /** @param text - what followed the marker on the ready line. @throws RunyardError `project_setup_failed` when it is no ready message */
  readReady(text: string): Ready;
  /** The beginning of an answer has been read and its end has not. */
  readonly hasPartial: boolean;
  /** Hands on the answer to a child's call, where that does not go by its input. @returns true when it was */
  takeCallAnswer?(line: string): boolean;
  /** Reads what a child left that has ended, where the stream does not end by itself. */
  drain(): void;
  /** The child has gone. */
  close(): void;
}
