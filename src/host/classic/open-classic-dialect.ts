import type { Logger } from '../../telemetry/index.js';
import { CallDesk } from './call-desk.js';
import { ClassicDialect } from './classic-dialect.js';
import { findIsolation } from './isolation.js';
import { PrivateTmp } from './private-tmp.js';
import { SharedTmp } from './shared-tmp.js';
import { TmpFolders } from './tmp-folders.js';

interface ClassicOptions {
  logger: Logger;
  /** There is somebody to call other algorithms through. */
  takesCalls: boolean;
}

/**
 * Prepares children that believe in `/tmp/algoout`: with a `/tmp` each where the system allows it, else one at a time.
 * @throws RunyardError `project_setup_failed` when the machine has room for one such project, and another one runs
 */
export async function openClassicDialect({ logger, takesCalls }: ClassicOptions): Promise<ClassicDialect> {
  const isolation = await findIsolation();
  const place = isolation ? new PrivateTmp(isolation, await TmpFolders.open()) : SharedTmp.open();
  const dialect = new ClassicDialect(place, takesCalls ? await CallDesk.open() : undefined);
  if (isolation !== undefined) return dialect;
  logger.warn(
    'this machine lets no process have a /tmp of its own (neither unshare nor bubblewrap may): this project runs in one process, ' +
      'on the real /tmp/algoout, and no other project of its kind can run beside it',
  );
  return dialect;
}
