import type { LaunchCommand } from '../../langpack/index.js';
import { findProgram } from '../find-program.js';
import { ControlGroups } from './control-group.js';
import { sandboxUnavailable } from './sandbox-unavailable.js';
import type { Bounds } from './sandbox-options.js';

/** Enters control groups, each by a file, then becomes the command. */
const ENTER = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 126; shift; done; shift; exec "$@"';

/** Gives each child its bounds. */
export interface Bounding {
  /** Bounds that hold from within the namespaces. */
  wrapInside(launch: LaunchCommand): LaunchCommand;
  /** Bounds around all of it; `close` when the child has gone. */
  wrapOutside(launch: LaunchCommand): { launch: LaunchCommand; close(): void };
}

/**
 * How children are bounded on this machine: by control groups, which count all that a child starts; else, for a child in
 * a user namespace of a user who is not root, by limits of each process and of the namespace.
 * @param inNamespace - the child is in a user namespace of its own
 * @throws RunyardError `sandbox_unavailable` when neither can be had
 */
export function openBounding(bounds: Bounds, inNamespace: boolean): Bounding {
  if (bounds.memoryBytes === 0 && bounds.maxProcesses === 0) return unbounded;
  const groups = ControlGroups.open(bounds);
  if (groups) return boundByGroups(groups, bounds);
  const prlimit = findProgram('prlimit');
  const isRoot = process.getuid?.() === 0;
  // A user's processes are counted together, except in a namespace; root's are not counted at all.
  const canCount = bounds.maxProcesses === 0 || (inNamespace && !isRoot);
  if (prlimit !== undefined && canCount) return boundByLimits(prlimit, bounds);
  throw sandboxUnavailable(
    'the bounds sandbox.memoryBytes and sandbox.maxProcesses',
    'no control group can be made below the one the yard runs in',
    isRoot
      ? 'run the yard as a user other than root, or give it a control group it may write to (Delegate=yes), or set both bounds to 0'
      : 'give the yard a control group it may write to (Delegate=yes), use the level namespace, or set maxProcesses to 0',
  );
}

const unbounded: Bounding = {
  wrapInside: (launch) => launch,
  wrapOutside: (launch) => ({ launch, close: () => undefined }),
};

function boundByGroups(groups: ControlGroups, bounds: Bounds): Bounding {
  return {
    ...unbounded,
    wrapOutside(launch) {
      const group = groups.create(bounds);
      const args = ['-c', ENTER, 'sh', ...group.entries, '--', launch.command, ...launch.args];
      return { launch: { ...launch, command: '/bin/sh', args }, close: () => group.remove() };
    },
  };
}

function boundByLimits(prlimit: string, { memoryBytes, maxProcesses }: Bounds): Bounding {
  const limits = [
    ...(memoryBytes > 0 ? [`--data=${memoryBytes}`] : []),
    ...(maxProcesses > 0 ? [`--nproc=${maxProcesses}`] : []),
  ];
  return {
    ...unbounded,
    wrapInside: (launch) => ({
      ...launch,
      command: prlimit,
      args: [...limits, '--', launch.command, ...launch.args],
    }),
  };
}
