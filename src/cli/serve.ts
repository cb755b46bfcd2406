import { describeError } from '../errors/index.js';
import type { CliContext } from './context.js';
import { EXIT } from './exit-code.js';
import type { Terminal } from './terminal.js';

export interface Served {
  /** Takes no new work and finishes what runs. */
  drain?: () => Promise<void>;
  close: () => Promise<void>;
}

/**
 * Keeps a server up until a signal: the first one drains and closes, the second one closes at once.
 * Gives the exit code.
 */
export async function serveUntilSignal(
  context: CliContext,
  terminal: Terminal,
  served: Served,
): Promise<number> {
  await new Promise<void>((resolve) => {
    if (context.interrupted.aborted) resolve();
    else context.interrupted.addEventListener('abort', () => resolve(), { once: true });
  });
  terminal.note(terminal.colors.dim('finishing running work; once more to end at once'));
  const graceful = (async () => {
    await served.drain?.();
    return 'drained' as const;
  })();
  const first = await Promise.race([graceful, context.forced.then(() => 'forced' as const)]).catch(
    (error: unknown) => {
      terminal.note(`draining failed: ${describeError(error)}`);
      return 'drained' as const;
    },
  );
  await Promise.race([served.close(), context.forced]);
  return first === 'forced' ? EXIT.interrupted : EXIT.ok;
}
