import type { RunyardError } from '../errors/index.js';
import type { LogLine, RunFailure } from '../protocol/index.js';
import type { Algorithm } from './algorithm.js';
import { cutPlainAnswer, parseAnswer, toPipeError, type ParsedAnswer } from './answer.js';
import { ChildProcess, type ChildExit, type ChildListener } from './child-process.js';
import { createFailure, createStartError, describeExit } from './failures.js';
import type { Generation } from './generation.js';
import { MAX_AHEAD_LENGTH, type Job, type StopReason } from './job.js';
import type { PoolOptions } from './project-host.js';
import { parseReady } from './ready.js';
import { settle, type Ending } from './settle.js';

/** A child busy with one request for longer than this is sent no more behind it. */
const LONG_HEAD_MS = 20;
/** After this time the requests behind a busy one are asked back, to run elsewhere. */
const STUCK_HEAD_MS = 200;

/**
 * - `starting`: not ready yet.
 * - `ready`: takes requests.
 * - `retiring`: takes no more, ends when the last one has.
 * - `ending`: asked or made to exit.
 * - `dead`: has exited.
 */
export type PipeState = 'starting' | 'ready' | 'retiring' | 'ending' | 'dead';

/** A child's `ctx.call`. */
export interface ChildCall {
  call: unknown;
  algorithm: unknown;
  args: unknown;
}

/** The pool, as its pipes see it. */
export interface PipeOwner {
  readonly options: Readonly<PoolOptions>;
  createJobId(): string;
  now(): number;
  /** See to it that `sweep` is called at that time (performance.now). */
  sweepBy(time: number): void;
  pipeReady(pipe: Pipe): void;
  /** A request has ended there: there may be room for another. */
  pipeFree(pipe: Pipe): void;
  pipeGone(pipe: Pipe, reason: string): void;
  /** A good answer, and whether it changed how many requests the algorithm may have in a child. */
  pipeAnswered(depthChanged: boolean): void;
  /** Jobs that have not begun and cannot any more where they are. */
  moveOn(jobs: Job[]): void;
  childCalls(pipe: Pipe, job: Job, call: ChildCall): void;
  childPrinted(pipe: Pipe, line: LogLine): void;
  runPrinted(run: string, line: LogLine): void;
}

/** One child and the requests it was given, in the order it works on them. */
export class Pipe implements ChildListener {
  state: PipeState = 'starting';
  readonly generation: Generation;
  /** Serves only this algorithm: it was started because the others had every child. */
  readonly reservedFor: string | undefined;
  /** The pipe this one was started to take over from. */
  readonly replaces: Pipe | undefined;
  isBeingReplaced = false;
  concurrency = 1;
  /** Sent and not answered; the first `concurrency` of them have begun. */
  readonly inflight: Job[] = [];
  readonly startedAt = performance.now();
  idleSince = Infinity;
  /** Runs answered so far. */
  requests = 0;
  /** Requests in it that wait for another algorithm. */
  openCalls = 0;
  /** Its end was not asked for. */
  hasCrashed = false;
  /** Why it did not become ready. */
  startError: RunyardError | undefined;
  readonly #owner: PipeOwner;
  readonly #child: ChildProcess;
  #isPlain = false;
  #outbox = '';
  /** Jobs that were asked to stop and have not yet: nothing new is sent meanwhile. */
  #stopping = 0;
  #deferred: [Job, Ending][] = [];
  #nextStep: 'terminate' | 'kill' | 'none' = 'none';
  #nextStepAt = Infinity;
  /** What its end means for those it was working on, where that is known before. */
  #endFailure: RunFailure | undefined;

  constructor(
    owner: PipeOwner,
    generation: Generation,
    env: Record<string, string>,
    reservedFor?: string,
    replaces?: Pipe,
  ) {
    this.#owner = owner;
    this.generation = generation;
    this.reservedFor = reservedFor;
    this.replaces = replaces;
    this.#child = new ChildProcess(generation.launch, env, owner.options, this);
    owner.sweepBy(this.startedAt + owner.options.readyTimeoutMs);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Requests before one that is sent now; undefined when none may be sent now. */
  loadFor(algorithm: Algorithm, mayGoAhead: boolean, now: number): number | undefined {
    if (this.state !== 'ready' || this.#stopping > 0) return undefined;
    if (this.reservedFor !== undefined && this.reservedFor !== algorithm.name) return undefined;
    const load = this.inflight.length;
    if (load < this.concurrency) return load;
    return mayGoAhead && load < algorithm.depth && this.#takesAhead(algorithm, now) ? load : undefined;
  }

  send(job: Job, now: number): void {
    const line = job.encode(this.#owner.createJobId());
    if (line.length > MAX_AHEAD_LENGTH) this.#writeNow(line);
    else this.#write(line);
    this.inflight.push(job);
    this.idleSince = Infinity;
    const head = this.inflight[0];
    if (this.inflight.length <= this.concurrency) this.#begin(job, now);
    else if (head) this.#owner.sweepBy(head.startedAt + STUCK_HEAD_MS);
  }

  /** Asks the child to end a job: at once for one that has begun, else as soon as it begins. */
  stop(job: Job, why: StopReason, now: number): void {
    if (job.stop !== undefined || job.answered) return;
    job.stop = why;
    this.#write(`{"cancel":"${job.id}"}\n`);
    if (job.startedAt > 0) this.#awaitStop(job, now);
  }

  /** Hands a child's `ctx.call` its answer. */
  answerCall(job: Job, line: string): void {
    job.openCalls -= 1;
    if (!this.inflight.includes(job)) return;
    this.openCalls -= 1;
    this.#write(line);
  }

  /** Takes no more requests, and ends after the last one. */
  retire(): void {
    if (this.state === 'starting') this.end();
    if (this.state !== 'ready') return;
    this.state = 'retiring';
    if (this.inflight.length === 0) this.end();
  }

  /** Ends it: end of input, then SIGTERM, then SIGKILL. */
  end(failure?: RunFailure): void {
    if (this.state === 'dead' || this.state === 'ending') return;
    this.state = 'ending';
    this.#endFailure = failure;
    this.#flush();
    this.#child.end();
    this.#schedule('terminate', this.#owner.options.cancelGraceMs);
  }

  /** Does what is due and returns when something is due next. */
  sweep(now: number): number {
    if (this.state === 'starting') return this.#sweepStart(now);
    if (this.state === 'ending') return this.#sweepEnd(now);
    let next = Infinity;
    for (let index = 0; index < this.inflight.length && index < this.concurrency; index += 1) {
      const job = this.inflight[index];
      if (job && !job.answered) next = Math.min(next, this.#sweepJob(job, now));
    }
    // Ending a job for good changes the state.
    if (this.#nextStep !== 'none') return this.#nextStepAt;
    return Math.min(next, this.#sweepBehind(now));
  }

  // --- what the child says ---

  childReady(text: string): void {
    if (this.state !== 'starting') return;
    const ready = parseReady(text);
    if ('problem' in ready) {
      this.startError = ready.problem;
      this.#kill();
      return;
    }
    this.state = 'ready';
    this.concurrency = ready.concurrency;
    this.#isPlain = ready.answers === 'plain';
    this.idleSince = performance.now();
    this.generation.adopt(ready);
    this.#owner.pipeReady(this);
  }

  childPrinted(stream: LogLine['stream'], line: string): void {
    const log = { time: this.#owner.now(), stream, line };
    const job = this.inflight[0];
    if (!job) {
      this.#owner.childPrinted(this, log);
      return;
    }
    job.algorithm.printed();
    this.#print(job, log);
  }

  childAnswered(line: string): void {
    if (this.state === 'dead') return;
    const now = performance.now();
    const raw = this.#isPlain ? cutPlainAnswer(line) : undefined;
    if (raw === undefined) {
      this.#onAnswer(line, now);
      return;
    }
    const job = this.#find(raw.id);
    if (job === undefined) return;
    if (raw.kind === 'result') this.#end(job, raw, now);
    else this.#onChunk(job, raw.json, undefined, now);
  }

  childBroke(reason: string): void {
    this.#breakOff(createFailure('protocol_error', `The process ${reason}, and was ended`));
  }

  childExited(exit: ChildExit): void {
    const reason = describeExit(exit);
    const wasAsked = this.state === 'ending' && !this.hasCrashed && this.startError === undefined;
    if (this.state === 'starting') this.startError = createStartError(exit, this.generation.launch);
    this.#settleDeferred();
    this.hasCrashed = !wasAsked;
    const inTheMiddle = exit.partialAnswer
      ? createFailure('protocol_error', `The process ${reason} in the middle of an answer`)
      : createFailure('process_died', `The process ${reason} during the run`);
    this.#abandon(this.#endFailure ?? inTheMiddle);
    this.state = 'dead';
    this.#owner.pipeGone(this, this.startError?.message ?? `The process ${reason}`);
  }

  // --- requests ---

  #takesAhead(algorithm: Algorithm, now: number): boolean {
    const head = this.inflight[0];
    if (head && now - head.startedAt > LONG_HEAD_MS) return false;
    if (this.#outbox.length + this.#child.bufferedBytes > MAX_AHEAD_LENGTH) return false;
    // One that was moved on may be what killed its last child: nothing is put behind it.
    for (const job of this.inflight) if (job.algorithm !== algorithm || job.moves > 0) return false;
    return true;
  }

  #begin(job: Job, now: number): void {
    job.startedAt = now;
    job.algorithm.running += 1;
    if (job.stop !== undefined) this.#awaitStop(job, now);
    else this.#owner.sweepBy(now + job.timeoutMs);
  }

  #awaitStop(job: Job, now: number): void {
    job.stopAskedAt = now;
    this.#stopping += 1;
    this.#owner.sweepBy(now + this.#owner.options.cancelGraceMs);
    this.#revokeBehind();
  }

  /** Asks those that have not begun back. A child that can still listen answers `Cancelled`, and they run elsewhere. */
  #revokeBehind(): void {
    for (let index = this.concurrency; index < this.inflight.length; index += 1) {
      const job = this.inflight[index];
      if (!job || job.revoked || job.stop !== undefined) continue;
      job.revoked = true;
      this.#write(`{"cancel":"${job.id}"}\n`);
    }
  }

  #find(id: string): Job | undefined {
    for (const job of this.inflight) if (job.id === id) return job.answered ? undefined : job;
    // Late answers of requests that were cancelled or answered before.
    return undefined;
  }

  #onAnswer(line: string, now: number): void {
    const answer = parseAnswer(line);
    if (answer === undefined) {
      this.childBroke(`wrote an answer that is no JSON object: ${line.slice(0, 200)}`);
      return;
    }
    const id = typeof answer.id === 'number' ? String(answer.id) : answer.id;
    const job = typeof id === 'string' ? this.#find(id) : undefined;
    if (job === undefined) return;
    if ('call' in answer) this.#onCall(job, answer);
    else if ('result' in answer) {
      this.#end(job, { kind: 'result', json: JSON.stringify(answer.result) }, now);
    } else if (Array.isArray(answer.results)) {
      this.#end(job, { kind: 'results', results: answer.results }, now);
    } else if ('error' in answer) this.#end(job, { kind: 'error', error: toPipeError(answer.error) }, now);
    else if ('chunk' in answer) this.#onChunk(job, JSON.stringify(answer.chunk), answer.chunk, now);
    else if (!this.#onEvent(job, answer)) {
      this.childBroke(`wrote an answer without a result, error or event: ${line.slice(0, 200)}`);
    }
  }

  #onCall(job: Job, answer: ParsedAnswer): void {
    job.openCalls += 1;
    this.openCalls += 1;
    this.#owner.childCalls(this, job, { call: answer.call, algorithm: answer.algorithm, args: answer.args });
  }

  #onEvent(job: Job, answer: ParsedAnswer): boolean {
    const { progress, message, log } = answer;
    this.#child.countEvent();
    if (typeof progress === 'number') {
      const within = Math.min(1, Math.max(0, progress));
      job.emit({ type: 'progress', progress: within, ...(typeof message === 'string' && { message }) });
      return true;
    }
    if (log === undefined) return false;
    const text = typeof log === 'string' ? log : JSON.stringify(log);
    const line = text.slice(0, this.#owner.options.maxLogLineLength);
    this.#print(job, { time: this.#owner.now(), stream: 'log', line });
    return true;
  }

  #onChunk(job: Job, json: string, parsed: unknown, now: number): void {
    this.#child.countEvent();
    for (const run of job.runs) {
      const chunk = parsed === undefined && run.isFollowed ? (JSON.parse(json) as unknown) : parsed;
      if (run.addChunk(json, chunk)) continue;
      const limit = this.#owner.options.maxAnswerBytes;
      const message = `The stream is longer than ${limit} bytes, too long to be kept as one result: follow it instead`;
      run.fail(createFailure('invalid_output', message), job.durationMs(now));
      this.stop(job, 'cancelled', now);
    }
  }

  #print(job: Job, log: LogLine): void {
    for (const run of job.runs) if (run.print(log)) this.#owner.runPrinted(run.request.id, log);
  }

  /** The answer that ends a job has come. */
  #end(job: Job, ending: Ending, now: number): void {
    if (!job.algorithm.isNoisy) {
      this.#settle(job, ending, now);
      return;
    }
    // What it printed before may still be on its way: it is read in this turn of the event loop.
    job.answered = true;
    this.#deferred.push([job, ending]);
    if (this.#deferred.length === 1) setImmediate(() => this.#settleDeferred());
  }

  #settleDeferred(): void {
    const deferred = this.#deferred;
    if (deferred.length === 0) return;
    this.#deferred = [];
    this.#child.flushOutput();
    const now = performance.now();
    for (const [job, ending] of deferred) this.#settle(job, ending, now);
  }

  #settle(job: Job, ending: Ending, now: number): void {
    this.#release(job, now);
    const isHandedBack = job.revoked && job.stop === undefined && isCancelled(ending);
    if (isHandedBack) this.#owner.moveOn([job]);
    else {
      this.requests += job.runs.length;
      settle(job, ending, now);
      this.#owner.pipeAnswered(job.startedAt > 0 && job.algorithm.learn(job.durationMs(now)));
    }
    if (this.inflight.length === 0) {
      this.idleSince = now;
      this.#owner.sweepBy(now + this.#owner.options.idleTimeoutMs);
    }
    this.#owner.pipeFree(this);
  }

  /** Takes a job off the list, and the next one begins. */
  #release(job: Job, now: number): void {
    const index = this.inflight.indexOf(job);
    if (index === 0) this.inflight.shift();
    else this.inflight.splice(index, 1);
    this.openCalls -= job.openCalls;
    if (job.startedAt === 0) return;
    job.algorithm.running -= 1;
    if (job.stopAskedAt > 0) this.#stopping -= 1;
    const next = this.inflight[this.concurrency - 1];
    if (next && next.startedAt === 0) this.#begin(next, now);
  }

  // --- time ---

  #sweepStart(now: number): number {
    const readyBy = this.startedAt + this.#owner.options.readyTimeoutMs;
    if (now < readyBy) return readyBy;
    this.startError = createReadyTimeout(this.#owner.options.readyTimeoutMs);
    this.#kill();
    return Infinity;
  }

  #sweepEnd(now: number): number {
    if (now < this.#nextStepAt) return this.#nextStepAt;
    if (this.#nextStep === 'terminate') this.#terminate();
    else if (this.#nextStep === 'kill') this.#kill();
    return this.#nextStepAt;
  }

  #sweepJob(job: Job, now: number): number {
    const endsAt = job.startedAt + job.timeoutMs;
    if (job.stop === undefined && now >= endsAt) this.stop(job, 'timeout', now);
    if (job.stop === undefined) return endsAt;
    const killAt = job.stopAskedAt + this.#owner.options.cancelGraceMs;
    if (now >= killAt) this.#terminate();
    return killAt;
  }

  #sweepBehind(now: number): number {
    const head = this.inflight[0];
    if (!head || this.inflight.length <= this.concurrency) return Infinity;
    const stuckAt = head.startedAt + STUCK_HEAD_MS;
    if (now < stuckAt) return stuckAt;
    this.#revokeBehind();
    return Infinity;
  }

  // --- the end ---

  #terminate(): void {
    this.state = 'ending';
    this.#endFailure ??= createFailure(
      'process_died',
      'The process was ended because another run in it was to stop and did not',
    );
    this.#child.signal('SIGTERM');
    this.#schedule('kill', this.#owner.options.killGraceMs);
    this.#owner.pipeFree(this);
  }

  #kill(): void {
    this.state = 'ending';
    this.#nextStep = 'none';
    this.#nextStepAt = Infinity;
    this.#child.signal('SIGKILL');
  }

  #schedule(step: 'terminate' | 'kill', afterMs: number): void {
    this.#nextStep = step;
    this.#nextStepAt = performance.now() + afterMs;
    this.#owner.sweepBy(this.#nextStepAt);
  }

  /** It cannot be worked with: those it was working on fail now, the others move on, the group is killed. */
  #breakOff(failure: RunFailure): void {
    if (this.state === 'dead' || this.hasCrashed) return;
    this.#settleDeferred();
    this.hasCrashed = true;
    this.#kill();
    this.#abandon(failure);
  }

  #abandon(failure: RunFailure): void {
    const now = performance.now();
    const jobs = this.inflight.splice(0);
    this.openCalls = 0;
    this.#stopping = 0;
    const unbegun = jobs.filter((job) => job.startedAt === 0);
    for (const job of jobs) {
      if (job.startedAt === 0) continue;
      job.algorithm.running -= 1;
      job.fail(job.stop === undefined ? failure : createStopFailure(job), now);
    }
    this.#owner.moveOn(unbegun);
  }

  #write(line: string): void {
    if (this.#outbox === '') setImmediate(this.#flush);
    this.#outbox += line;
  }

  #writeNow(line: string): void {
    this.#flush();
    this.#child.write(line);
  }

  /** Everything of one turn of the event loop leaves in one write. */
  readonly #flush = (): void => {
    if (this.#outbox === '') return;
    const text = this.#outbox;
    this.#outbox = '';
    this.#child.write(text);
  };
}
