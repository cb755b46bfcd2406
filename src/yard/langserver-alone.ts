import type { Settings } from '../config/index.js';
import { describeError } from '../errors/index.js';
import type { PoolOptions, ProcessExit, ProjectHost } from '../host/index.js';
import { bringIn, IdleLines, LangServer, StatusReporter, UNKNOWN_EXIT_CODE } from '../langserver/index.js';
import type { Logger, Metrics, Tracer } from '../telemetry/index.js';
import type { Part } from './alone.js';
import { callNobody } from './call-through.js';
import { listen } from './listen.js';
import { findNamedProject } from './named-project.js';
import { ReleaseStack } from './release-stack.js';
import { startHost } from './start-host.js';

/** How long a process has to end by itself when it is told to, as it always was. */
const END_GRACE_MS = 3_000;
/** The longest a timer can be set to: nearly 25 days. */
const NO_LIMIT_MS = 2 ** 31 - 1;

export interface LangServerAloneOptions {
  settings: Settings;
  logger: Logger;
  metrics: Metrics;
  tracer?: Tracer | undefined;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** A folder or an archive; what is mounted, or the working directory, when absent. */
  source: string | undefined;
  /** Where it is copied or unpacked to. */
  into: string | undefined;
  requestCompleteUrl: string | undefined;
  statusUpdateUrl: string | undefined;
  slotId: string | undefined;
  onProgress: (line: string) => void;
}

/** A LangServer that listens. */
export interface LangServerPart extends Part {
  url: string;
  project: string;
  /** Resolves when it is to end: by `DELETE`, or with its process where the settings say so. */
  ended: Promise<void>;
}

/** A LangServer alone. @throws RunyardError when there is no project, it cannot be brought up, or the port is taken */
export async function openLangServerAlone(options: LangServerAloneOptions): Promise<LangServerPart> {
  const stack = new ReleaseStack();
  stack.push(() => options.tracer?.close());
  try {
    return { ...(await open(options, stack)), close: () => stack.release() };
  } catch (error) {
    await stack.release();
    throw error;
  }
}

async function open(
  options: LangServerAloneOptions,
  stack: ReleaseStack,
): Promise<Omit<LangServerPart, 'close'>> {
  const { settings, logger, metrics } = options;
  const { host: address, port, maxLogLines } = settings.langserver;
  const idleLines = new IdleLines(maxLogLines);
  const status = new StatusReporter({
    url: options.statusUpdateUrl,
    slotId: options.slotId,
    idleLines,
    logger,
  });
  stack.push(() => status.close());
  const processes = new Processes(settings.langserver.exitWithChild, status);
  const { host, isClassic, name } = await load(options, stack, { processes, idleLines, status });
  const server = new LangServer({
    host,
    isClassic,
    idleLines,
    lastExitCode: () => processes.lastCode,
    requestCompleteUrl: options.requestCompleteUrl,
    bodyLimitBytes: settings.langserver.bodyLimitBytes,
    logger,
    metrics,
  });
  stack.push(() => server.close());
  const advice = 'choose another with --port or langserver.port';
  const url = await listen(server.app, { host: address, port }, { name: 'langserver', advice });
  const ended = Promise.race([server.deleted, processes.ended]);
  void server.deleted.then(() => processes.expectEnd());
  return { url, project: name, ended, drain: () => server.drain() };
}

interface Watched {
  processes: Processes;
  idleLines: IdleLines;
  status: StatusReporter;
}

/** Brings the project in and starts it, and tells how that went. */
async function load(
  options: LangServerAloneOptions,
  stack: ReleaseStack,
  { processes, idleLines, status }: Watched,
): Promise<{ host: ProjectHost; isClassic: boolean; name: string }> {
  const began = performance.now();
  try {
    const dir = await bring(options, stack);
    const project = await findNamedProject(dir, options.settings);
    const { host } = await startHost(project, {
      ...options,
      call: callNobody,
      pool: choosePool(options.settings),
      onExit: processes.onExit,
      onIdleLine: idleLines.add,
    });
    stack.push(() => host.close());
    processes.beginWatch();
    await status.report(performance.now() - began);
    return { host, isClassic: project.kind === 'classic', name: project.name };
  } catch (error) {
    const code = processes.lastCode;
    const message = code === undefined ? describeError(error) : `exited with code ${code}`;
    await status.report(performance.now() - began, { message, errorType: 'SystemExit' });
    throw error;
  }
}

async function bring(options: LangServerAloneOptions, stack: ReleaseStack): Promise<string> {
  const {
    maxZipBytes: maxBytes,
    maxZipRatio: maxRatio,
    maxZipEntries: maxEntries,
  } = options.settings.langserver;
  const { dir, release } = await bringIn({ ...options, limits: { maxBytes, maxRatio, maxEntries } });
  stack.push(release);
  return dir;
}

/** As the original has it: kept for good, given three seconds to end, and then killed. */
function choosePool({ langserver }: Settings): Partial<PoolOptions> {
  const { processes, timeoutMs, maxWaiting, maxLogLines } = langserver;
  return {
    minProcesses: processes,
    maxProcesses: processes,
    maxWaiting,
    maxLogLines,
    defaultTimeoutMs: timeoutMs === 0 ? NO_LIMIT_MS : timeoutMs,
    cancelGraceMs: END_GRACE_MS,
    killGraceMs: 0,
  };
}

/** Follows the ends of a project's processes. */
class Processes {
  lastCode: number | undefined;
  /** Resolves when one has ended unexpectedly and the server is to end with it. */
  readonly ended: Promise<void>;
  readonly #exitsWithChild: boolean;
  readonly #status: StatusReporter;
  #tellEnded: () => void = () => undefined;
  #isWatching = false;

  constructor(exitsWithChild: boolean, status: StatusReporter) {
    this.#exitsWithChild = exitsWithChild;
    this.#status = status;
    this.ended = new Promise((resolve) => (this.#tellEnded = resolve));
  }

  readonly onExit = ({ code, wasWanted }: ProcessExit): void => {
    this.lastCode = code ?? UNKNOWN_EXIT_CODE;
    if (wasWanted || !this.#isWatching) return;
    const error = { message: `exited with code ${this.lastCode}`, errorType: 'SystemExit' };
    void this.#status.report(0, error).then(() => {
      if (this.#exitsWithChild) this.#tellEnded();
    });
  };

  /** From now on an end is news. */
  beginWatch(): void {
    this.#isWatching = true;
  }

  expectEnd(): void {
    this.#isWatching = false;
  }
}
