import type { LogLine } from '../protocol/index.js';
import type { ChildCall } from './answer.js';
import type { ChildExit } from './child-process.js';
import type { EventSink } from './job-events.js';
import type { Job } from './job.js';
import type { Pipe } from './pipe.js';

/**
 * - `starting`: not ready yet.
 * - `ready`: takes requests.
 * - `retiring`: takes no more, ends when the last one has.
 * - `ending`: asked or made to exit.
 * - `dead`: has exited.
 */
export type PipeState = 'starting' | 'ready' | 'retiring' | 'ending' | 'dead';

/** The pool, as its pipes see it. */
export interface PipeOwner extends EventSink {
  createJobId(): string;
  /** See to it that `sweep` is called at that time (performance.now). */
  sweepBy(time: number): void;
  pipeReady(pipe: Pipe): void;
  /** There may be room in it, or work to do without it. */
  pipeChanged(pipe: Pipe): void;
  /** It ended, or has to be ended, and nobody wanted that. Comes before what it was given moves on. */
  pipeCrashed(pipe: Pipe, reason: string): void;
  /** It has exited. */
  pipeGone(pipe: Pipe, exit: ChildExit, wasWanted: boolean): void;
  /** A job was answered; `learned` when that changed how many requests its algorithm may have in a child. */
  jobAnswered(learned: boolean): void;
  /** Jobs that have not begun and cannot any more where they are. */
  moveOn(jobs: Job[]): void;
  /** A batch whose process died: one of its inputs may have killed it, and the others are not to suffer for that. */
  splitBatch(job: Job): void;
  childCalls(pipe: Pipe, job: Job, call: ChildCall): void;
  /** A line printed while nothing ran. */
  childPrinted(pipe: Pipe, stream: LogLine['stream'], line: string): void;
  /** It gave an answer that belongs to no request. */
  childStrayed(pipe: Pipe): void;
}
