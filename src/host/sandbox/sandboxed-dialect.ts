import type { LaunchCommand, Project } from '../../langpack/index.js';
import type { RunFailure } from '../../protocol/index.js';
import type { ChildExit } from '../child-process.js';
import type { AnswerChannel, AnswerSink, Dialect } from '../dialect.js';
import type { Job } from '../job.js';
import { openBounding, type Bounding } from './bounded-launch.js';
import { openNamespaces, type Enclose } from './namespace-launch.js';
import type { SandboxOptions } from './sandbox-options.js';
import { readablePaths } from './visible-paths.js';

/**
 * A dialect whose children are started within a sandbox; they are spoken with as ever.
 * @throws RunyardError `sandbox_unavailable` when the machine cannot give what the options ask for
 */
export async function openSandbox(
  dialect: Dialect,
  project: Project,
  options: SandboxOptions,
): Promise<Dialect> {
  if (options.level === 'none') return dialect;
  const isEnclosed = options.level === 'namespace';
  const enclose = isEnclosed ? await openNamespaces(options) : (launch: LaunchCommand) => launch;
  return new SandboxedDialect(dialect, project, enclose, openBounding(options, isEnclosed));
}

class SandboxedDialect implements Dialect {
  readonly isMultiplexed: boolean;
  readonly isExclusive: boolean;
  readonly keepsEmptyLines: boolean;
  readonly #inner: Dialect;
  readonly #project: Project;
  readonly #enclose: Enclose;
  readonly #bounding: Bounding;

  constructor(inner: Dialect, project: Project, enclose: Enclose, bounding: Bounding) {
    this.isMultiplexed = inner.isMultiplexed;
    this.isExclusive = inner.isExclusive;
    this.keepsEmptyLines = inner.keepsEmptyLines;
    this.#inner = inner;
    this.#project = project;
    this.#enclose = enclose;
    this.#bounding = bounding;
  }

  encode(job: Job): string {
    return this.#inner.encode(job);
  }

  openAnswers(launch: LaunchCommand, sink: AnswerSink): AnswerChannel {
    const bounded = this.#bounding.wrapInside(launch);
    const cell = this.#bounding.wrapOutside(this.#enclose(bounded, readablePaths(this.#project, launch)));
    try {
      const channel = this.#inner.openAnswers(cell.launch, sink);
      return closingWith(channel, () => cell.close());
    } catch (error) {
      cell.close();
      throw error;
    }
  }

  explainDeath(exit: ChildExit): RunFailure {
    return this.#inner.explainDeath(exit);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** The channel itself, and one thing more to do when the child has gone. */
function closingWith(channel: AnswerChannel, more: () => void): AnswerChannel {
  const close = channel.close.bind(channel);
  channel.close = () => {
    close();
    more();
  };
  return channel;
}
