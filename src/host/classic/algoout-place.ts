import { spawnSync } from 'node:child_process';
import { RunyardError } from '../../errors/index.js';
import type { LaunchCommand } from '../../langpack/index.js';

/** What one child needs to find a FIFO of its own at `/tmp/algoout`. */
export interface AlgooutSlot {
  launch: LaunchCommand;
  /** Where the same FIFO is for us. */
  fifo: string;
  /** The child has gone. */
  close(): void;
}

/** Where children that insist on `/tmp/algoout` are given it. */
export interface AlgooutPlace {
  /** There is only one `/tmp/algoout`, for one child at a time. */
  readonly isExclusive: boolean;
  /** @throws RunyardError `project_setup_failed` */
  open(launch: LaunchCommand): AlgooutSlot;
  close(): Promise<void>;
}

/** Makes a FIFO. Node cannot: the command takes about two milliseconds, which only the start of a child has to wait for. */
export function makeFifo(path: string): void {
  const { status, error, stderr } = spawnSync('mkfifo', ['-m', '600', path], { encoding: 'utf8' });
  if (status === 0) return;
  const why = error?.message ?? stderr.trim();
  throw new RunyardError('project_setup_failed', `${path} cannot be made into a FIFO: ${why}`);
}
