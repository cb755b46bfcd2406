import type { DescribedProject } from '../langpack/index.js';
import type { Descriptor, RunHooks, RunOutcome, RunRequest } from '../protocol/index.js';

/** Sizes and times of a project's pool of processes. Defaults: `defaultPoolOptions`. */
export interface PoolOptions {
  /** Processes kept even when idle. */
  minProcesses: number;
  /** Processes at most; beyond it each algorithm without one may have one, so that none waits for another's long run. */
  maxProcesses: number;
  /** Runs waiting for a process, per algorithm, before `busy`. */
  maxWaiting: number;
  /** An idle process above the minimum ends after this time. */
  idleTimeoutMs: number;
  /** A process is replaced after this time, this many requests, or this much memory; 0 means never. No request is dropped. */
  maxLifetimeMs: number;
  maxRequests: number;
  maxMemoryBytes: number;
  readyTimeoutMs: number;
  /** Time limit of a run that names none and whose algorithm names none. */
  defaultTimeoutMs: number;
  /** Between the cooperative signal and SIGTERM, and between SIGTERM and SIGKILL. */
  cancelGraceMs: number;
  killGraceMs: number;
  /** Most bytes of one answer. */
  maxAnswerBytes: number;
  /** Log lines kept per request, and characters per line. */
  maxLogLines: number;
  maxLogLineLength: number;
  /** Crashes in a row, without a good answer in between, that make a crash loop while no process is left. */
  crashLoopThreshold: number;
  /** The first crash is followed by a start at once; the second by this wait, which then doubles up to the maximum. */
  respawnBackoffMs: number;
  maxRespawnBackoffMs: number;
}

export interface HostHealth {
  /** `ready`: a process can answer now or on demand; `starting`; `crash_loop`: processes keep dying; `stopped`. */
  state: 'starting' | 'ready' | 'crash_loop' | 'stopped';
  processes: number;
  running: number;
  waiting: number;
  /** Starts since the host began, and how many children died unasked. */
  starts: number;
  crashes: number;
  lastError?: string;
}

/** The end of one of a project's processes. */
export interface ProcessExit {
  /** Null when a signal ended it, or it could not be started. */
  code: number | null;
  signal: string | null;
  /** The host ended it: it was idle, worn, asked to stop, or the host closes. */
  wasWanted: boolean;
}

/** Called by a child's `ctx.call`: runs another algorithm of the yard. */
export type CallAlgorithm = (request: {
  algorithm: string;
  args: unknown;
  depth: number;
  signal: AbortSignal;
  traceparent?: string;
}) => Promise<RunOutcome>;

/** Runs one project's algorithms in child processes. */
export interface ProjectHost {
  readonly algorithms: readonly Descriptor[];
  /** Validates the arguments, waits for a process (bounded), runs. Never rejects: every end is an outcome. */
  run(request: RunRequest, hooks?: RunHooks): Promise<RunOutcome>;
  /** Runs this host takes at the same time of one algorithm: more than its processes when its runs are short. */
  capacity(algorithm: string): number;
  health(): HostHealth;
  /** Puts new code live: starts a process of it, and only when that is ready sends new runs there; running ones end where they are. Rejects, and changes nothing, when it does not come up. */
  replace(described: DescribedProject): Promise<void>;
  /** Calls back when algorithms, capacity or health changed. */
  onChange(listener: () => void): () => void;
  /** Refuses new runs with `draining`, resolves when none is left or the signal aborts. */
  drain(signal?: AbortSignal): Promise<void>;
  /** Ends every process: teardown, then SIGTERM, then SIGKILL. */
  close(): Promise<void>;
}
