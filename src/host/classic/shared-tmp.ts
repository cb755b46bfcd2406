import { linkSync, lstatSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { RunyardError } from '../../errors/index.js';
import type { LaunchCommand } from '../../langpack/index.js';
import { CLASSIC_ALGOOUT } from '../../protocol/index.js';
import { makeFifo, type AlgooutPlace, type AlgooutSlot } from './algoout-place.js';
import { checkOwner, markOwner } from './owner-mark.js';

const LOCK = `${CLASSIC_ALGOOUT}.lock`;

/** The real `/tmp/algoout`, where the system gives nobody a `/tmp` of his own: for one project on the machine, and one child of it. */
export class SharedTmp implements AlgooutPlace {
  readonly isExclusive = true;

  private constructor() {}

  /** @throws RunyardError `project_setup_failed` when another project has it */
  static open(): SharedTmp {
    lock();
    return new SharedTmp();
  }

  open(launch: LaunchCommand): AlgooutSlot {
    removeOldFifo();
    makeFifo(CLASSIC_ALGOOUT);
    return {
      launch: { ...launch, env: { ...launch.env, ALGOOUT: CLASSIC_ALGOOUT } },
      fifo: CLASSIC_ALGOOUT,
      close: () => rmSync(CLASSIC_ALGOOUT, { force: true }),
    };
  }

  async close(): Promise<void> {
    rmSync(LOCK, { force: true });
  }
}

/** The lock appears with its content: nobody ever reads half of it. A process that has gone holds none. */
function lock(): void {
  const own = `${LOCK}.${process.pid}`;
  writeFileSync(own, markOwner(), { mode: 0o644 });
  try {
    for (let tries = 0; !tryLink(own); tries += 1) {
      const holder = readHolder();
      if (holder !== undefined && (!holder.isGone || tries === 2)) throw refuse(holder.pid);
      rmSync(LOCK, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(own: string): boolean {
  try {
    linkSync(own, LOCK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined when it has just been given back. */
function readHolder(): { pid: number; isGone: boolean } | undefined {
  try {
    return checkOwner(readFileSync(LOCK, 'utf8'));
  } catch {
    return undefined;
  }
}

function refuse(pid: number): RunyardError {
  return new RunyardError(
    'project_setup_failed',
    `Process ${pid} runs a project that writes to ${CLASSIC_ALGOOUT}, and this machine lets no process have a /tmp of its own: ` +
      'only one such project can run at a time. Allow user namespaces, install bubblewrap, or run one project a container',
  );
}

/** What somebody else put there is not ours to take away. */
function removeOldFifo(): void {
  try {
    const about = lstatSync(CLASSIC_ALGOOUT);
    if (about.isFIFO() && about.uid === process.getuid?.()) rmSync(CLASSIC_ALGOOUT, { force: true });
  } catch {
    // There is none.
  }
}
