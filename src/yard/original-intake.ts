import type { Settings } from '../config/index.js';
import { MessageIntake, readBareMessage, readOriginalMessage } from '../controller/index.js';
import { FIXED_ALGORITHM } from '../discovery/index.js';
import { RunyardError } from '../errors/index.js';
import type { TaskService } from '../tasks/index.js';
import type { Logger } from '../telemetry/index.js';
import type { ReleaseStack } from './release-stack.js';

/**
 * Begins to take the messages of original producers, where the settings ask for it.
 * @throws RunyardError `invalid_config` when no broker is named
 */
export async function startOriginalIntake(
  { settings, logger, tasks }: { settings: Settings; logger: Logger; tasks: TaskService },
  stack: ReleaseStack,
): Promise<MessageIntake | undefined> {
  const { url, compatibility, originalName: queue, originalMaxBytes, originalRunner } = settings.queue;
  if (compatibility !== 'original') return undefined;
  if (url === undefined)
    throw new RunyardError(
      'invalid_config',
      'queue.compatibility is "original", so expected queue.url to name the broker of the original programs, got nothing: ' +
        'set it (or RABBITMQ_HOST, for a controller)',
    );
  const intake = new MessageIntake({
    url,
    queue,
    read: (content) =>
      originalRunner === undefined
        ? readOriginalMessage(content, originalMaxBytes)
        : readBareMessage(content, originalMaxBytes, FIXED_ALGORITHM),
    tasks,
    logger,
  });
  stack.push(() => intake.close());
  await intake.start();
  return intake;
}
