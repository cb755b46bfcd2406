import { describeError, RunyardError } from '../errors/index.js';
import type { LogLine, RunFailure } from '../protocol/index.js';
import type { Answer, ChildCall, Ending } from './answer.js';
import { AnsweredJobs } from './answered-jobs.js';
import { ChildProcess, type ChildExit, type ChildListener } from './child-process.js';
import type { Dialect } from './dialect.js';
import { Escalation } from './escalation.js';
import { refuseCall } from './calls.js';
import { createFailure, createStartError, describeExit } from './failures.js';
import type { Generation } from './generation.js';
import { Inflight } from './inflight.js';
import { JobEvents } from './job-events.js';
import { MAX_AHEAD_LENGTH, type Job, type StopReason } from './job.js';
import { Outbox } from './outbox.js';
import type { PipeOwner, PipeState } from './pipe-owner.js';
import type { Ready } from './ready.js';
import { createStopFailure, isCancelled, settle } from './settle.js';

/** A child busy with one request for longer than this is sent no more behind it. */
const LONG_HEAD_MS = 20;
/** After this time the requests behind a busy one are asked back, to run elsewhere. */
const STUCK_HEAD_MS = 200;
/** A child that answers this often without being asked, between two good answers, is at fault. */
const MAX_STRAYS = 100;

export interface PipeOptions {
  generation: Generation;
  env: Record<string, string>;
  /** The only algorithm it serves: it was started because the others had every child. */
  reservedFor?: string | undefined;
  /** The pipe it is to take over from. */
  replaces?: Pipe | undefined;
}

/** One child and the jobs it was given. */
export class Pipe implements ChildListener {
  state: PipeState = 'starting';
  readonly generation: Generation;
  readonly reservedFor: string | undefined;
  readonly replaces: Pipe | undefined;
  isBeingReplaced = false;
  readonly inflight = new Inflight();
  readonly startedAt = performance.now();
  /** Since when it has had nothing to do (performance.now). */
  idleSince = Infinity;
  /** Runs answered so far. */
  requests = 0;
  hasCrashed = false;
  /** Why it did not become ready. */
  startError: RunyardError | undefined;
  readonly #owner: PipeOwner;
  readonly #dialect: Dialect;
  readonly #child: ChildProcess;
  readonly #escalation: Escalation;
  readonly #outbox: Outbox;
  readonly #events: JobEvents;
  readonly #answered: AnsweredJobs;
  #strays = 0;
  /** What its end means for those it works on, where that is known beforehand. */
  #endFailure: RunFailure | undefined;

  constructor(owner: PipeOwner, { generation, env, reservedFor, replaces }: PipeOptions) {
    this.#owner = owner;
    this.generation = generation;
    this.reservedFor = reservedFor;
    this.replaces = replaces;
    this.#dialect = generation.dialect;
    this.#child = new ChildProcess(generation.launch, generation.dialect, env, owner.options, this);
    this.#outbox = new Outbox(this.#child);
    this.#events = new JobEvents(owner, this.#child);
    const settleJob = (job: Job, ending: Ending, now: number): void => this.#end(job, ending, now);
    this.#answered = new AnsweredJobs(this.#child, !generation.dialect.isMultiplexed, settleJob);
    this.#escalation = new Escalation(this.#child, owner.options, (time) => owner.sweepBy(time));
    owner.sweepBy(this.startedAt + owner.options.readyTimeoutMs);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Jobs before one that is sent now; undefined when it may not be sent now. */
  loadFor(job: Job, mayGoAhead: boolean, now: number): number | undefined {
    if (this.state !== 'ready' || this.inflight.stopping > 0) return undefined;
    if (this.reservedFor !== undefined && this.reservedFor !== job.algorithm.name) return undefined;
    const load = this.inflight.length;
    if (load > 0 && !this.#dialect.isMultiplexed) return undefined;
    // A function that blocks the process stops every run in it: none of another algorithm is to be among them.
    if (load > 0 && !this.inflight.isOnly(job.algorithm)) return undefined;
    if (load < this.inflight.concurrency) return load;
    return mayGoAhead && this.#takesAhead(job, now) ? load : undefined;
  }

  send(job: Job, now: number): void {
    job.id = this.#owner.createJobId();
    const line = this.#dialect.encode(job);
    if (line.length > MAX_AHEAD_LENGTH) this.#outbox.addLarge(line);
    else this.#outbox.add(line);
    this.idleSince = Infinity;
    if (this.inflight.add(job)) this.#begin(job, now);
    else this.#owner.sweepBy((this.inflight.head?.startedAt ?? now) + STUCK_HEAD_MS);
  }

  /** Asks the child to end a job: now when it has begun, else as soon as it begins. */
  stop(job: Job, why: StopReason, now: number): void {
    if (job.stop !== undefined || job.answered || !this.inflight.has(job)) return;
    job.stop = why;
    job.endCalls();
    if (!this.#dialect.isMultiplexed) {
      this.end();
      this.#owner.pipeChanged(this);
      return;
    }
    this.#writeCancel(job);
    if (job.startedAt > 0) this.#awaitStop(job, now);
  }

  /** Hands a child's `ctx.call` its answer. */
  answerCall(job: Job, line: string): void {
    const isTaken = this.#child.takeCallAnswer(line);
    if (!this.inflight.has(job)) return;
    job.openCalls -= 1;
    this.inflight.openCalls -= 1;
    if (!isTaken) this.#outbox.add(line);
  }

  /** Takes no more jobs, and ends after the last one. */
  retire(): void {
    if (this.state === 'starting') this.end();
    if (this.state !== 'ready') return;
    this.state = 'retiring';
    if (this.inflight.length === 0) this.end();
  }

  /** @param failure - what this means for the jobs that do not end before the child does */
  end(failure?: RunFailure): void {
    if (this.state === 'dead' || this.state === 'ending') return;
    this.state = 'ending';
    this.#endFailure = failure;
    this.#outbox.flush();
    this.#escalation.end();
  }

  /** Does what is due and returns when something is due next. */
  sweep(now: number): number {
    if (this.state === 'dead') return Infinity;
    if (this.state === 'ending') return this.#escalation.sweep(now);
    if (this.state === 'starting') return this.#sweepStart(now);
    let next = this.#sweepBehind(now);
    for (const job of this.inflight.begun()) next = Math.min(next, this.#sweepJob(job, now));
    return next;
  }

  childReady(read: () => Ready): void {
    if (this.state !== 'starting') return;
    try {
      const ready = read();
      this.inflight.concurrency = ready.concurrency;
      this.generation.adopt(ready);
    } catch (error) {
      this.#refuseStart(error as RunyardError);
      return;
    }
    this.state = 'ready';
    this.#becomeIdle(performance.now());
    this.#owner.pipeReady(this);
  }

  childPrints(): void {
    this.inflight.head?.algorithm.printed();
  }

  /** A line belongs to the job the child works on, the oldest when there are several. */
  childPrinted(stream: LogLine['stream'], line: string): void {
    const { head } = this.inflight;
    if (head) this.#events.print(head, stream, line);
    else this.#owner.childPrinted(this, stream, line);
  }

  childAnswered(answer: Answer): void {
    if (answer.kind === 'bad') {
      this.childBroke(answer.problem);
      return;
    }
    const job = answer.id === undefined ? this.inflight.awaited : this.inflight.find(answer.id);
    if (job !== undefined) this.#onAnswer(job, answer);
    else if (answer.kind === 'call') this.#child.takeCallAnswer(refuseCall(answer.call));
    else if (answer.id === undefined) this.#dropStray();
  }

  /** Nobody waits for what it begins to say: it would be taken for the answer to the next request. */
  childBegan(): void {
    if (this.inflight.length === 0) this.childBroke('wrote part of an answer to no request');
  }

  /** It cannot be worked with: those it works on fail now, the others move on, the group is killed. */
  childBroke(reason: string): void {
    if (this.state === 'dead' || this.hasCrashed) return;
    this.#answered.settleAll();
    if (this.state === 'starting') {
      this.startError = new RunyardError('project_setup_failed', `The process ${reason} before it was ready`);
    }
    this.state = 'ending';
    this.#escalation.kill();
    this.#crash(`The process ${reason}`);
    this.#abandon(createFailure('protocol_error', `The process ${reason}, and was ended`));
    this.#owner.pipeChanged(this);
  }

  childExited(exit: ChildExit): void {
    const reason = describeExit(exit);
    this.#answered.settleAll();
    if (this.state === 'starting') this.startError = createStartError(exit, this.generation.launch);
    const isUnwanted = this.state !== 'ending' || this.startError !== undefined;
    this.state = 'dead';
    if (isUnwanted) this.#crash(this.startError?.message ?? `The process ${reason}`);
    this.#abandon(this.#endFailure ?? this.#dialect.explainDeath(exit));
    this.#owner.pipeGone(this, exit, !isUnwanted);
  }

  #crash(reason: string): void {
    if (this.hasCrashed) return;
    this.hasCrashed = true;
    this.#owner.pipeCrashed(this, reason);
  }

  #takesAhead(job: Job, now: number): boolean {
    const { head } = this.inflight;
    if (!job.mayGoAhead || this.inflight.length >= job.algorithm.depth) return false;
    if (head && now - head.startedAt > LONG_HEAD_MS) return false;
    return this.#outbox.size <= MAX_AHEAD_LENGTH && !this.inflight.holdsMoved;
  }

  #begin(job: Job, now: number): void {
    job.startedAt = now;
    job.algorithm.running += 1;
    if (job.stop !== undefined) this.#awaitStop(job, now);
    else this.#owner.sweepBy(now + job.timeoutMs);
  }

  #awaitStop(job: Job, now: number): void {
    job.stopAskedAt = now;
    this.inflight.stopping += 1;
    this.#owner.sweepBy(now + this.#owner.options.cancelGraceMs);
    this.#revokeWaiting();
  }

  /** Asks those back that have not begun: a child that still listens answers `Cancelled`, and they run elsewhere. */
  #revokeWaiting(): void {
    for (const job of this.inflight.waiting()) {
      if (job.revoked || job.stop !== undefined) continue;
      job.revoked = true;
      this.#writeCancel(job);
    }
  }

  #onAnswer(job: Job, answer: Exclude<Answer, { kind: 'bad' }>): void {
    if (answer.kind === 'chunk') this.#onChunk(job, answer.json);
    else if (answer.kind === 'call') this.#onCall(job, answer.call);
    else if (answer.kind === 'progress') this.#events.progress(job, answer.progress, answer.message);
    else if (answer.kind === 'log') this.#events.log(job, answer.line);
    else this.#onEnding(job, answer);
  }

  #dropStray(): void {
    this.#owner.childStrayed(this);
    this.#strays += 1;
    if (this.#strays > MAX_STRAYS) this.childBroke('keeps writing answers to no request');
  }

  #onCall(job: Job, call: ChildCall): void {
    job.openCalls += 1;
    this.inflight.openCalls += 1;
    this.#owner.childCalls(this, job, call);
  }

  #onChunk(job: Job, json: string): void {
    try {
      if (!this.#events.chunk(job, json)) this.stop(job, 'cancelled', performance.now());
    } catch (error) {
      this.childBroke(`wrote a chunk that is no JSON (${describeError(error)}): ${json.slice(0, 200)}`);
    }
  }

  #onEnding(job: Job, ending: Ending): void {
    // Whoever waits for this answer and sends the next request at once is to have it sent in this turn.
    if (this.#answered.add(job, ending)) this.#outbox.schedule();
  }

  #end(job: Job, ending: Ending, now: number): void {
    const next = this.inflight.remove(job);
    if (next) this.#begin(next, now);
    if (job.revoked && job.stop === undefined && isCancelled(ending)) this.#owner.moveOn([job]);
    else {
      this.requests += job.runs.length;
      settle(job, ending, now);
      this.#owner.jobAnswered(job.startedAt > 0 && job.algorithm.learn(job.durationMs(now)));
    }
    this.#strays = 0;
    if (this.inflight.length === 0) this.#becomeIdle(now);
    if (!this.#dialect.isMultiplexed && this.#child.hasPartialAnswer)
      this.childBroke('goes on writing after its answer');
    this.#owner.pipeChanged(this);
  }

  #becomeIdle(now: number): void {
    if (this.state === 'retiring') this.end();
    this.idleSince = now;
    this.#owner.sweepBy(now + this.#owner.options.idleTimeoutMs);
  }

  #sweepStart(now: number): number {
    const { readyTimeoutMs } = this.#owner.options;
    if (now < this.startedAt + readyTimeoutMs) return this.startedAt + readyTimeoutMs;
    const message = `The process was not ready within ${readyTimeoutMs} ms (pool.readyTimeoutMs)`;
    this.#refuseStart(new RunyardError('ready_timeout', message));
    return Infinity;
  }

  #refuseStart(error: RunyardError): void {
    this.startError = error;
    this.state = 'ending';
    this.#escalation.kill();
  }

  #sweepJob(job: Job, now: number): number {
    if (job.answered) return Infinity;
    if (job.stop === undefined && now < job.startedAt + job.timeoutMs) return job.startedAt + job.timeoutMs;
    this.stop(job, 'timeout', now);
    const patientUntil = job.stopAskedAt + this.#owner.options.cancelGraceMs;
    if (now >= patientUntil) this.#terminate();
    return patientUntil;
  }

  #sweepBehind(now: number): number {
    const { head } = this.inflight;
    if (head === undefined || this.inflight.length <= this.inflight.concurrency) return Infinity;
    if (now < head.startedAt + STUCK_HEAD_MS) return head.startedAt + STUCK_HEAD_MS;
    this.#revokeWaiting();
    return Infinity;
  }

  /** A job did not stop when asked. The others had the same time to end, and were joined by no new ones. */
  #terminate(): void {
    if (this.state === 'ending') return;
    this.state = 'ending';
    const message = 'The process was ended because another run in it was to stop and did not';
    this.#endFailure = createFailure('process_stopped', message);
    this.#escalation.terminate();
    this.#owner.pipeChanged(this);
  }

  #abandon(failure: RunFailure): void {
    const now = performance.now();
    const { begun, waiting } = this.inflight.takeAll();
    for (const job of begun) {
      if (job.stop !== undefined) job.fail(createStopFailure(job), now);
      else if (job.runs.length > 1 && failure.class === 'crashed') this.#owner.splitBatch(job);
      else job.fail(failure, now);
    }
    this.#owner.moveOn(waiting);
  }

  #writeCancel(job: Job): void {
    this.#outbox.add(`{"cancel":"${job.id}"}\n`);
  }
}
